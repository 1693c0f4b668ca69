/** What the CozyChat web app calls a session that nobody has named yet. */
const PLACEHOLDER = '新会话';

/** Whether the engine may give the session a title of its own. */
export const isUntitled = (title: string | null): boolean => title === null || title === PLACEHOLDER;

/** The same as a condition on the column `title`. */
export const UNTITLED_SQL = `(title IS NULL OR title = '${PLACEHOLDER}')`;
