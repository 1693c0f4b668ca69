/** People and animals around a user: how facts call them, and how people do; the Chinese word comes last. */
const RELATIONS: Record<'family' | 'pet' | 'people', Record<string, string>> = {
  family: {
    mother: 'mother mom mum mama mommy mummy 母亲 妈妈',
    father: 'father dad daddy papa 父亲 爸爸',
    sister: 'sister 姐妹',
    'older-sister': 'older-sister big-sister 姐姐',
    'younger-sister': 'younger-sister 妹妹',
    brother: 'brother 兄弟',
    'older-brother': 'older-brother big-brother 哥哥',
    'younger-brother': 'younger-brother 弟弟',
    wife: 'wife 老婆 妻子',
    husband: 'husband 老公 丈夫',
    partner: 'partner fiancé fiancée fiance fiancee 伴侣',
    girlfriend: 'girlfriend 女朋友',
    boyfriend: 'boyfriend 男朋友',
    son: 'son 儿子',
    daughter: 'daughter 女儿',
    child: 'child kid baby 孩子',
    grandmother: 'grandmother grandma granny nana 外婆 姥姥 奶奶',
    grandfather: 'grandfather grandpa granddad 外公 姥爷 爷爷',
    aunt: 'aunt 阿姨',
    uncle: 'uncle 叔叔',
    cousin: 'cousin 表亲',
    niece: 'niece 侄女',
    nephew: 'nephew 侄子',
  },
  pet: {
    dog: 'dog puppy 小狗 狗狗 狗',
    cat: 'cat kitten 小猫 猫咪 猫',
    rabbit: 'rabbit bunny 兔子',
    hamster: 'hamster 仓鼠',
    parrot: 'parrot 鹦鹉',
    bird: 'bird budgie canary 鸟',
    fish: 'fish goldfish 金鱼 鱼',
    horse: 'horse pony 马',
    turtle: 'turtle tortoise 乌龟',
  },
  people: {
    friend: 'friend best-friend 好朋友 朋友',
    boss: 'boss manager 老板',
    colleague: 'colleague coworker co-worker 同事',
    teacher: 'teacher 老师',
    neighbour: 'neighbour neighbor 邻居',
    roommate: 'roommate flatmate housemate 室友',
    doctor: 'doctor therapist 医生',
  },
};

const KEYS = new Map<string, string>();
const CHINESE = new Map<string, string>();
for (const [group, relations] of Object.entries(RELATIONS)) {
  for (const [relation, words] of Object.entries(relations)) {
    const key = `${group}.${relation}`;
    for (const word of words.split(' ')) KEYS.set(word, key);
    CHINESE.set(key, words.split(' ').at(-1) ?? relation);
  }
}

/** `pet.dog` for "dog", "puppies" or "狗"; undefined for anything that is neither person nor animal. */
export function relationKey(subject: string): string | undefined {
  const word = subject.toLowerCase().replaceAll(' ', '-');
  return KEYS.get(word) ?? KEYS.get(word.replace(/ies$/, 'y')) ?? KEYS.get(word.replace(/s$/, ''));
}

/** "狗" for `pet.dog`. */
export function chineseRelation(key: string): string | undefined {
  return CHINESE.get(key);
}
