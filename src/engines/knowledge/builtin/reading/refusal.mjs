// @ts-check

/** @typedef {'malformed' | 'encrypted' | 'too-long' | 'too-many-pages'} RefusalReason */
/** @typedef {{ level: number, text: string, page: number | null }} Block */

/** Why a document is not read. */
export class Refusal extends Error {
  /** @param {RefusalReason} reason */
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

/** Collects a document's blocks, no more than are accepted. */
export class Blocks {
  /** @type {Block[]} */
  list = [];
  #room;

  /** @param {number} mostCharacters */
  constructor(mostCharacters) {
    this.#room = mostCharacters;
  }

  /**
   * @param {string} text
   * @param {number} [level] of a heading; 0 for everything else
   * @param {number | null} [page]
   */
  add(text, level = 0, page = null) {
    const tidy = text.trim();
    if (tidy === '') return;
    this.#room -= tidy.length;
    if (this.#room < 0) throw new Refusal('too-long');
    this.list.push({ level, text: tidy, page });
  }
}
