/** Words of everyday talk that people use for one another: each line is a circle of them. */
export const CIRCLES_EN = `
child kid son daughter toddler | baby infant newborn toddler | parent mother father folks | sibling brother sister twin
spouse husband wife partner | girlfriend partner date | boyfriend partner date | fiance fiancee engaged | relative cousin aunt uncle family
grandparent grandma grandpa | niece nephew aunt uncle | friend mate buddy pal | boss manager supervisor director | colleague coworker workmate
owner landlord landlady | roommate flatmate housemate | neighbour nextdoor | guest visitor | stranger somebody | teacher tutor instructor mentor coach
job work career profession occupation living employment | employer company firm business workplace | business company agency shop firm startup
resign quit notice leave | dismiss fire layoff sack redundant | unemployed jobless layoff | hire employ recruit staff | employee staff assistant worker
salary wage pay income earn | interview apply application | promote promotion raise | retire retirement pension | deadline due
money cash savings budget fund | cost price pay expensive | buy purchase get order pick | sell sale sold | debt owe loan mortgage | donate donation charity raise
tax revenue | rent lease landlord | customer client buyer | gift present souvenir surprise | prize award medal win trophy | reward treat
home house flat apartment place | move relocate settle pack | room bedroom | kitchen cook | garden yard allotment plant | furniture sofa table shelf
build construct make | repair fix mend restore | decorate paint renovate | clean tidy wash | key lock | garage shed cellar basement
school class college university course study | study learn course lesson class | learn teach practise study pick | degree thesis diploma graduate graduation
exam test quiz paper | pass succeed | fail flunk | student pupil learner | research thesis study project | subject topic theme about
travel trip journey visit vacation holiday tour | vacation holiday trip getaway | abroad overseas foreign | camping tent camp | hotel hostel guesthouse stay
flight plane fly airport | train rail station | car vehicle drive van | bike cycle ride cycling | boat ship ferry sail | bus coach tram
beach coast sea seaside ocean shore | mountain hill climb hike | lake river water | forest wood tree | hike walk trail trek | swim pool swimming
city town place | country nation | village countryside rural | map route | photo picture image camera | weather rain sun storm
sick ill unwell flu cold illness disease | ill sick disease infection | doctor physician surgeon hospital clinic | nurse midwife hospital | hospital clinic surgery
hurt injure injury pain ache sore | injury hurt broken wound fracture tear torn | pain ache hurt sore | surgery operation operate | recover recovery heal better
medicine pill drug treatment treat | diagnose diagnosis result | therapy therapist counselling physio rehab | allergy allergic | pregnant pregnancy expecting
birth born baby deliver arrive | die death pass dead died funeral | funeral service burial | marry wedding married marriage propose | propose proposal engage marry
engagement engaged propose | divorce separate split breakup | date dating relationship seeing | love adore like fond | hate dislike stand | like enjoy love prefer
happy glad joy excited delighted pleased | sad upset down unhappy flat cry | angry mad furious annoyed | annoy irritate bother | afraid scared fear terrified frightened
fear phobia afraid scared | worry worried nervous anxious stress | nervous anxious terrified worried | proud pride | tired exhausted sleepy | relax calm rest unwind
surprise shock unexpected | lonely alone | grateful thankful | embarrassed ashamed | bored boring | jealous envy | confident confidence sure | hope wish want dream
dream wish goal ambition | plan intend going | decide decision choose | start begin launch open | finish complete end done | stop quit give
try attempt | help support assist | encourage support persuade | convince persuade talk | advise advice suggest recommend tip | recommend suggest tip try
promise swear | ask request | answer reply respond | say tell mention | tell confide share | talk speak chat | call ring phone | write letter note
message text email | meet encounter run | meet introduce | invite party | party celebrate celebration | celebrate celebration birthday | festival fair concert
food eat meal dish | meal dinner lunch breakfast | dish recipe cook | cook bake make recipe | bake bread cake oven | cake dessert sweet pastry | dessert sweet chocolate
drink coffee tea wine beer | restaurant cafe diner bar | hungry eat | diet weight | vegetarian vegan | fruit apple berry | vegetable tomato carrot | spice herb
pet dog cat animal | dog puppy pup hound | cat kitten kitty | litter kitten puppy | adopt rescue shelter | breed kind | bee hive honey insect | bird parrot
hobby pastime interest | craft knit sew pottery handmade | pottery ceramic clay pot kiln | ceramic pottery clay | paint painting draw art drawing | picture painting drawing photo
art artwork drawing painting | artist painter | exhibit exhibition show gallery display | museum gallery | draw drawing sketch illustrate illustration | sculpture statue
book novel read story | read book | author writer write | publish publication print release out | story tale plot | poem poetry | movie film cinema watch | series show watch
music song band tune | song sing | sing choir vocal | instrument play | concert gig show perform | guitar instrument | piano instrument | violin instrument | dance ballet
game play | team club | sport exercise training | exercise workout gym fit fitness | fit shape healthy fitness | run race marathon jog | race marathon run | win victory won
match game final | score goal | climb climbing boulder | yoga meditation | ski snowboard snow | surf wave surfing | football soccer | volunteer charity
computer laptop pc | laptop computer | phone mobile | website site online | app software program | video film clip | internet web online
clothes clothing outfit wear | dress gown | shoe boot sneaker trainer | shirt jumper sweater | hat cap | jewellery ring necklace bracelet | colour red blue green yellow
name call nickname | nickname call | age old year birthday | birthday age turn | tradition custom ritual every | habit routine | weekly every week | daily every day
child childhood young small little | old elderly | early first earliest | late delay | recently lately | often every usually | location where place near | near beside close behind
big large huge | small tiny little | fast quick speed | slow | pretty beautiful lovely | ugly | strange weird odd | funny joke laugh | easy simple | difficult hard tough
broken damage crash | break damage smash | damage broken ruin | accident crash fall | fall slip trip | problem trouble issue disaster | mistake error wrong | theft steal stolen thief rob
police officer cop | law lawyer court | crime criminal | government politics vote | religion church faith | pray prayer | environment climate nature | army soldier military
reason because why | cause reason | idea inspiration | inspire inspiration idea | skill talent ability | experience | success achieve achievement | achievement milestone
remember recall memory | forget forgot | believe think | know learn | lend borrow | borrow lend | carry bring | throw toss | hide hidden | grow plant | collect collection gather
lose lost | find discover | save rescue | protect safe | wait | sleep bed nap | wake | dress wear | smell scent | hear sound | look see watch | touch feel
fireman firefighter fire brigade | plumber pipe leak plumbing | lawyer attorney solicitor | engineer developer programmer | designer design | journalist reporter | chef cook`;

/** Names of kinds, each with what belongs to it: who asks for a kind is answered with one of it. */
export const KINDS_EN = `
animal: dog cat bird fish horse rabbit hamster turtle snake parrot cow pig sheep goat duck chicken bee eel whale
pet: dog cat hamster rabbit parrot fish turtle kitten puppy guinea gecko snake
instrument: guitar piano violin drum flute cello trumpet saxophone clarinet harp ukulele sitar tuba bass banjo keyboard
sport: football soccer tennis basketball swim run badminton volleyball hockey golf rugby surf ski climb cycle boxing karate judo gymnastic
exercise: run gym yoga swim hike cycle pilates weight
hobby: paint draw knit garden photography bake read cook hike climb chess pottery sew fish bee dance
relative: mother father brother sister aunt uncle cousin grandma grandpa niece nephew
vehicle: car van bike truck motorbike scooter boat
transport: train bus tram bike car plane ferry
food: pizza pasta curry soup bread cheese cake rice sushi taco salad burger noodle
cheese: mozzarella halloumi cheddar feta brie parmesan
dish: soup curry pasta stew lasagne risotto biryani pie salad noodle
sweet: chocolate cake cookie candy icecream truffle honey
drink: coffee tea wine beer juice whisky cocktail water
herb: coriander basil mint parsley thyme rosemary
spice: cumin nutmeg cinnamon pepper saffron turmeric
fruit: apple banana orange lemon cherry strawberry mango peach grape
vegetable: tomato carrot potato onion leek pepper bean
illness: flu cold fever chickenpox cancer covid asthma diabetes migraine pneumonia
disease: flu cancer diabetes asthma
body: hand foot knee wrist back arm leg shoulder neck ankle hip head
season: spring summer autumn winter
month: january february march april june july august september october november december
weekday: monday tuesday wednesday thursday friday saturday sunday
color: red blue green yellow pink purple orange black white grey brown
art: paint draw sculpture pottery photography watercolor
pet name: called named
metal: gold silver copper
clothes: shirt dress hat coat shoe jacket scarf sweater trousers
place: park beach museum cafe library church lake forest mountain
country: italy france spain germany portugal england scotland ireland japan china india canada mexico brazil greece sweden norway iceland slovenia
city: london paris berlin rome lisbon madrid amsterdam york tokyo boston chicago
job: nurse doctor teacher engineer lawyer chef plumber artist designer driver manager firefighter
subject: math history biology physics art music chemistry
jewelry: ring necklace bracelet earring watch
furniture: table chair sofa bed shelf desk
plant: rose tree orchid fern tomato herb cactus
event: wedding party concert festival conference parade funeral birthday
holiday: christmas easter thanksgiving halloween diwali hanukkah
festival: diwali christmas easter carnival
language: english spanish french german italian japanese chinese portuguese
relationship: single married divorced dating boyfriend girlfriend
game: chess monopoly zelda catan minecraft poker
family: mother father sister brother son daughter wife husband kid`;
