import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsArray, IsInt, IsOptional, IsString, Max, MaxLength, Min, ValidateNested } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { validateStrictly } from './strict-validation.js';

class Leaf {
  @IsString() @MaxLength(5) name: string;
  @IsInt() @Min(0) @Max(10) size = 3;
}

class Root {
  @IsInt() port = 80;
  @IsOptional() @IsString() host?: string;
  @IsArray() @IsString({ each: true }) tags: string[] = [];
  @ValidateNested() @Type(() => Leaf) leaf = new Leaf();
  @ValidateNested({ each: true }) @Type(() => Leaf) leaves: Leaf[] = [];
}

const LEAF = { name: 'a' };
const flaws = (plain: Record<string, unknown>) =>
  validateStrictly(Root, plain).flaws.map(({ path, reason }) => `${path} ${reason}`);

describe('validateStrictly', () => {
  it('fills in the defaults, nested ones too, as instances', () => {
    const { value, flaws: found } = validateStrictly(Root, { leaf: LEAF, leaves: [{ name: 'b', size: 0 }] });
    expect(found).toEqual([]);
    expect(value).toBeInstanceOf(Root);
    expect(value.leaf).toBeInstanceOf(Leaf);
    expect(value).toEqual({ port: 80, tags: [], leaf: { name: 'a', size: 3 }, leaves: [{ name: 'b', size: 0 }] });
  });

  it('takes null for "not given", at every depth', () => {
    const { value, flaws: found } = validateStrictly(Root, { port: null, host: null, leaf: { ...LEAF, size: null } });
    expect(found).toEqual([]);
    expect(value).toMatchObject({ port: 80, leaf: { size: 3 } });
  });

  it.each([
    ['a wrong type', { port: '80', leaf: LEAF }, 'port must be an integer number'],
    ['a broken bound', { leaf: { ...LEAF, size: 11 } }, 'leaf.size must not be greater than 10'],
    ['a missing key', { leaf: {} }, 'leaf.name must be a string'],
    ['a list entry', { leaf: LEAF, leaves: [LEAF, { name: 5 }] }, 'leaves[1].name must be a string'],
    ['an entry of the wrong type', { leaf: LEAF, tags: ['a', 1] }, 'tags each entry must be a string'],
  ])('tells %s by its full path', (_, plain, expected) => {
    expect(flaws(plain)).toContain(expected);
  });

  it.each([
    ['at the top', { prot: 1, leaf: LEAF }, /^prot is not a known key; known here: .*\bleaf, leaves, port, tags$/],
    ['below', { leaf: { ...LEAF, nmae: 'x' } }, /^leaf\.nmae is not a known key; known here: .*\bsize$/],
  ])('tells an unknown key %s, and the keys there are', (_, plain, expected) => {
    expect(flaws(plain)).toEqual([expect.stringMatching(expected)]);
  });

  it('tells everything at once', () => {
    expect(flaws({ port: 'x', leaf: { name: 'too long' }, more: 1 }).map((flaw) => flaw.split(' ')[0])).toEqual(
      expect.arrayContaining(['port', 'leaf.name', 'more']),
    );
  });
});
