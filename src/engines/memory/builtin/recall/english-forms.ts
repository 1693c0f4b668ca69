import { stemmer } from 'stemmer';

/** Forms that no rule brings together, the basic one first. */
const IRREGULAR = `
be am is are was were been being | have has had | do does did done | go goes went gone | buy bought | bring brought |
think thought | teach taught | catch caught | fight fought | seek sought | sell sold | tell told | say said | make made |
take took taken | give gave given | get got gotten | come came | become became | see saw seen | know knew known |
grow grew grown | throw threw thrown | fly flew flown | draw drew drawn | blow blew blown | wear wore worn |
tear tore torn | swear swore sworn | bear bore born borne | break broke broken | speak spoke spoken | steal stole stolen |
freeze froze frozen | choose chose chosen | wake woke woken | drive drove driven | ride rode ridden | rise rose risen |
write wrote written | eat ate eaten | fall fell fallen | forget forgot forgotten | forgive forgave forgiven |
hide hid hidden | bite bit bitten | shake shook shaken | mistake mistook mistaken | swim swam swum | sing sang sung |
ring rang rung | drink drank drunk | begin began begun | run ran | sink sank sunk | shrink shrank shrunk |
spring sprang sprung | find found | lose lost | leave left | feel felt | keep kept | sleep slept | sweep swept |
weep wept | meet met | lead led | feed fed | bleed bled | breed bred | hold held | stand stood | understand understood |
sit sat | win won | hang hung | dig dug | stick stuck | strike struck | sting stung | swing swung | spend spent |
send sent | lend lent | bend bent | build built | burn burnt | learn learnt | dream dreamt | spell spelt | spill spilt |
smell smelt | lean leant | mean meant | deal dealt | hear heard | pay paid | lay laid | shoot shot |
shine shone | slide slid | spin spun | weave wove woven | knit knitted | light lit | creep crept | leap leapt | show shown |
sew sewn | child children | person people | man men | woman women | foot feet | tooth teeth | goose geese |
mouse mice | life lives | wife wives | knife knives | leaf leaves | half halves | shelf shelves | loaf loaves |
wolf wolves | thief thieves | good better best | bad worse worst | mum mom mam mother mommy mummy | dad father daddy papa |
grandma grandmother granny nana nonna | grandpa grandfather granddad | tv television telly | bike bicycle |
phone telephone | photo photograph | flat apartment | movie film | holiday vacation |
exam examination | fridge refrigerator | plane airplane aeroplane | gym gymnasium | vet veterinarian | doc doctor |
colour color | favourite favorite | neighbour neighbor | grey gray | theatre theater | centre center | mate pal buddy |
monday mon | tuesday tue tues | wednesday wed | thursday thu thurs | friday fri | january jan |
february feb | august aug | september sept | october oct | november nov | december dec`;

const NUMBERS =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty';
const ORDINALS =
  'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth';
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety hundred';

const BASE = new Map<string, string>();
for (const line of IRREGULAR.split('|')) {
  const [base = '', ...forms] = line.trim().split(/\s+/u);
  for (const form of forms) if (!BASE.has(form)) BASE.set(form, BASE.get(base) ?? base);
}
NUMBERS.split(' ').forEach((word, at) => BASE.set(word, String(at)));
ORDINALS.split(' ').forEach((word, at) => BASE.set(word, String(at + 1)));
TENS.split(' ').forEach((word, at) => BASE.set(word, String((at + 2) * 10)));

// "Examinations" has the stem of a form, as no form is listed with its regular endings.
for (const [form, base] of Array.from(BASE)) {
  const stem = stemmer(form);
  if (!BASE.has(stem) && stem !== stemmer(base)) BASE.set(stem, base);
}

/** Written forms that have another root than their letters tell. */
export const IRREGULAR_FORMS: readonly string[] = [...BASE.keys()].filter((form) => /^[a-z]{3,}$/u.test(form));

/** "1st", "8th", "40s". */
const NUMBER_WITH_ENDING = /^(\d+)(?:st|nd|rd|th|s)$/u;
const MOST_KEPT = 30_000;
const known = new Map<string, string>();

/** What a lower-cased word and its other forms have in common: "bought" and "buying" are one, "two" is "2". */
export function rootOf(word: string): string {
  const seen = known.get(word);
  if (seen !== undefined) return seen;
  if (known.size >= MOST_KEPT) known.clear();
  const root = makeRoot(word);
  known.set(word, root);
  return root;
}

/** The basic form of an irregular one, or the word itself. */
export const baseOf = (word: string): string => BASE.get(word) ?? word;

function makeRoot(word: string): string {
  const number = NUMBER_WITH_ENDING.exec(word)?.[1];
  if (number !== undefined) return number;
  const base = BASE.get(word);
  if (base !== undefined) return stemmer(base);
  // "Mums" is a regular form of what has another basic form.
  const stem = stemmer(word);
  const ofStem = BASE.get(stem);
  return ofStem === undefined ? stem : stemmer(ofStem);
}
