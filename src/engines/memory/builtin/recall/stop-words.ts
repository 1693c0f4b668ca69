/** Words that nearly every sentence of English talk holds: they find nothing. */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  `a about above actually after again against ain all almost already also although always am an and another any anybody anyone
anything anyway are aren around as at away be because been before being below between both but by can cannot cant could
couldn did didn do does doesn doing don done dont down during each either else em etc even ever every everybody everyone
everything few for from further get gets getting go goes going gonna got gotta had hadn has hasn have haven having he
hello her here hers herself hey hi him himself his how however i id if ill im in into is isn it its itself ive just kind
let lets like likely ll lot lots many may maybe me might mine more most much must my myself need no nor not now of off oh
ok okay on once one only onto or other others our ours ourselves out over own perhaps please quite rather re really right
s same say says shall she should shouldn since so some somebody someone something sort still such sure t than thank
thanks that the their theirs them themselves then there these they thing things this those though through thus till to
too toward towards under until up upon us used using ve very via wanna was wasn way we well were weren what whatever when
where whether which while who whom whose why will with within without won would wouldn wow yeah yep yes yet you your
yours yourself d m o y haha lol ha aw hmm`.split(/\s+/u),
);

/** Words that a question is often made with, and that say little of what it is about. */
export const LIGHT_WORDS: ReadonlySet<string> = new Set(
  `know think type name call mention tell talk discuss describe happen feel people person time way want make take
currently recently type according regard relation involve include different various particular specific thing say
example main new first 1 many start`.split(/\s+/u),
);

/** Characters of Chinese that carry no meaning of their own, or one that nearly every sentence has. */
export const STOP_CHARACTERS: ReadonlySet<string> = new Set(
  '的了是我你他她它们在有和也就都不没吗呢吧啊呀哦嗯哈么什这那个些很太还又再把被给让跟对从到得地着过会能可以要想说去来上下里外着之与或及'.split(
    '',
  ),
);

/** Pairs that ask or join, and name nothing. */
export const STOP_PAIRS: ReadonlySet<string> = new Set(
  `什么 怎么 为什 哪里 哪儿 哪个 哪天 哪些 多少 几个 是谁 谁是 时候 如何 怎样 这个 那个 一个 一下 一些 我们 你们 他们 她们 自己
可以 没有 不是 就是 还是 但是 因为 所以 如果 然后 或者 已经 现在 今天 最近 真的 知道 觉得 什麼 怎麼 有没 是不 不会 的时 了吗 了什 叫什
干什 做什 么时 么名`.split(/\s+/u),
);
