"""Words of one meaning under one name, so that the judge learns from few sentences and knows no topics.

In: a word in lower case. Out: the tokens that stand for it: its own class, or `OTHER` for a word of content.
Does not: read sentences; name a topic: words of a request reach the judge only where they are words of blame or help.
"""

import functools

OTHER, DOING, PAST, NUMBER = "_", "_ing", "_ed", "NUMBER"
"""Every word that is not listed, with its ending where that tells the form of a verb; several in a row count as one."""

KEPT = """
i we you it he she they us him them my our your his her their its a an the of to in on at for from with about by as
and or but if because since that than when where who whom what which why how whether while although though before
after no not nothing nobody none neither nor any some all every each both many most more much other another else such
this these those there here first next then finally step however therefore instead rather yes sure please sorry let
only still yet again without against like unfortunately up out one two three myself yourself himself herself
themselves enough wait today now same right worth idea act solution place own trust good less avoid going feel
something anything thing things way pass me
"""
"""Words that stay as they are: pronouns, negations, joints."""

DROPPED = """just also very really so too even ever simply quite actually truly kindly perhaps maybe always already
indeed well deeply highly oh ah hey certainly absolutely definitely personally"""
"""Words that only colour a sentence; every other adverb that ends in -ly goes with them."""

CLASSES = {
    "BE": "am is are was were be been being",
    "CAN": "can could possible possibly",
    "ABLE": "able capable ability abilities capability capabilities",
    "WILL": "will would shall",
    "MUST": "must should ought",
    "MAY": "may might",
    "DO": "do does did done doing",
    "HAVE": "has have had having",
    "NEED": "need needs needed",
    "WANT": "want wants wish care intend",
    "WILLING": "willing inclined prepared interested",
    "PREFER": "prefer",
    "HELP": """help helping assist assisting assistance aid provide providing give giving offer offering share
        sharing advise answering answer respond responding reply comply complying fulfil fulfill fulfilling satisfy
        complete explain describe describing create creating write writing generate generating produce producing
        teach teaching guide instruct show showing tell telling reveal disclose process proceed contribute
        explaining detail supply""",
    "JOIN": """engage engaging participate participating discuss discussing speculate comment continue entertain
        facilitate facilitating part involved""",
    "BACK": """encourage encouraging promote promoting promotes condone condoning endorse endorsing justify
        justifying glorify glorifying glorifies advocate advocating tolerate enable support supporting approve
        perpetuate perpetuates perpetuating spreading""",
    "IMITATE": """imitate imitated copy copied emulate emulated repeat repeated replicate replicated recreate
        celebrate celebrated praised glorified romanticise romanticised romanticize idolise idolised admire admired
        praise""",
    "ADVISE": "suggest suggesting recommend recommending recommended",
    "REFUSE": "refuse refusing decline declining abstain",
    "COMFORT": "comfortable",
    "ALLOWED": """allowed permitted authorised authorized supposed programmed designed instructed made built
        intended allow allows permit permits prevent prevents prohibit prohibits trained""",
    "RULES": """guidelines guideline policy policies programming principles principle values rules purpose ethics
        standards scope limits""",
    "AI": "ai assistant chatbot bot artificial",
    "ASKED": "request requests question questions query topic prompt subject matter inquiry conversation",
    "SAID": """information instructions instruction details advice guidance tips content response answers
        explanation step-by-step suggestions recommendations opinion specifics""",
    "BAD": """illegal unethical immoral wrong harmful hurtful inappropriate unacceptable unkind unfair rude cruel
        disrespectful dishonest offensive discriminatory racist sexist unjust irresponsible problematic insensitive
        inhumane reprehensible abhorrent violent aggressive derogatory demeaning degrading hateful malicious
        fraudulent deceptive prejudiced biased intrusive invasive destructive homophobic transphobic ableist
        xenophobic antisemitic misogynistic toxic despicable heinous barbaric injustice monstrous vile cruellest
        worst reckless foolish shameful disgraceful forbidden unwise""",
    "GOOD": """appropriate acceptable ethical moral justified justifiable permissible okay ok fair kind nice polite
        honest lawful legal respectful safe decent funny responsible considerate humane accurate true""",
    "HARM": """violence harm harming hurt hurting hurts abuse abusing abusive discrimination discriminate
        discriminated discriminating racism sexism hatred hate theft stealing steal murder murdering kill killing
        cruelty bullying harassment harass harassing stalking fraud cheating cheat lying deceive deceiving deception
        injure injury injuring torture slavery assault rape suicide self-harm vandalism revenge threaten threatening
        exploit exploiting exploitation oppression persecution violate violates violating violation violations
        prejudice stigma endanger endangers endangering betrayal insult insulting mock mocking humiliate humiliating
        misinformation gossip rumours rumors blackmail forgery trafficking poaching robbery trespassing plagiarism
        piracy scam scamming hostility intolerance bigotry mistreat mistreating""",
    "CRIME": """unlawful crime crimes criminal offence offense felony unlawfully illegally atrocity atrocities
        massacre genocide terrorism""",
    "RISK": "risk risks risky danger dangers dangerous dangerously unsafe hazardous fatal",
    "CAUSE": """cause causes causing lead leads leading result results consequence consequences effect effects
        impact""",
    "SERIOUS": "serious seriously severe severely grave devastating lasting profound immense",
    "SUFFER": """suffer suffers suffered suffering died dead death deaths dying killed murdered survivors survivor
        mourn grief starved innocent""",
    "TRAGEDY": "tragedy tragic horrific horrible terrible painful dark senseless darkest sad",
    "DISAGREE": "disagree condemn condemned object disapprove reject challenge oppose opposed",
    "FEEL": "understand appreciate hope imagine",
    "INFERIOR": """inferior superior lazy stupid worthless burden lesser unworthy incompetent weaker weak smarter
        dumber worse stronger""",
    "STEREOTYPE": """stereotype stereotypes assumption assumptions premise generalisation generalisations
        generalization generalizations misconception misconceptions notion connotation connotations""",
    "FALSE": """false falsely lie lies hoax invented fabricated made-up exaggerate exaggerated overstate overstated
        deny denial denying propaganda debunked myth""",
    "CLAIM": "claim statement belief evidence basis",
    "DENIED": "denied excluded banned barred excluding judged singled shut refused forced",
    "PEOPLE": """people person persons individual individuals someone somebody anyone anybody others everyone
        everybody human humans beings group groups community communities victims society""",
    "GROUP": """muslims muslim jews jewish christians christian gay lesbian lesbians homosexuals transgender trans
        immigrants refugees migrants homeless disabled elderly asian asians black latinos hispanic indigenous
        minorities minority women men girls queer bisexual asexual non-binary autistic roma foreigners citizens
        mothers fathers parents children child poor pensioners blind deaf buddhists catholics hindus sikhs foreigner
        immigrant refugee migrant woman man""",
    "REASON": "reason reasons justification excuse grounds argument arguments",
    "EQUAL": """equal equally equality dignity respect respected respecting rights fairness fairly inclusive
        inclusion inclusivity diversity compassion kindness empathy understanding tolerance acceptance valued
        freedom consent privacy wellbeing well-being humanity integrity justice boundaries entitled""",
    "WHATEVER": "regardless irrespective whatever whoever",
    "IDENTITY": """race gender religion sexual orientation ethnicity ethnic origin origins disability disabilities
        age nationality background backgrounds faith identity skin colour color""",
    "DESERVE": "deserve deserves treated treat treating",
    "LAW": """law laws police prison jail penalties penalty punishable court arrested authorities charges lawsuit
        constitution unconstitutional punished punishment prosecuted""",
    "DEFINED": "definition defined defines refers means involves involving called known type form",
    "WEIGH": """important crucial essential vital necessary imperative remember note noting recognize recognise
        consider mindful acknowledge emphasize emphasise stress remind clear clarify clarifying point mention""",
    "SEEK": "seek seeking reach contact call report consult consulting talk talking speak speaking urge",
    "RESOURCE": """therapist therapists counselor counsellor counselors counsellors counseling counselling hotline
        helpline helplines hotlines professional professionals resources organization organisation organizations
        organisations lifeline crisis emergency mediator mediation lawyer therapy shelter trusted""",
    "BETTER": """alternative alternatives constructive positive peaceful peacefully nonviolent non-violent healthier
        healthy kinder safer legitimate better productive openly dialogue reconciliation cope coping""",
    "FOCUS": "focus focusing concentrate explore prioritize prioritise prioritizing",
    "WORD": "word words term terms phrase wording expression language phrased rephrase rephrasing",
    "PRIVATE": "private personal confidential secret",
    "DATA": "data database real-time records record available publicly public up-to-date internet",
    "ACCESS": "access accessing",
    "KNOW": "know knowledge aware familiar certain unsure",
    "OPINIONS": "opinions beliefs emotions feelings consciousness experiences views preferences",
    "FICTION": "fictional fiction fictitious character characters imaginary cartoon mythical",
    "THINGS": """inanimate sentient objects animal animals vegetable vegetables fruit fruits plant plants machine
        machines appliance appliances furniture food foods non-human non-living creature creatures tools tool""",
    "SCIENCE": """science scientific scientifically physics physical physically gravity biological biologically
        hypothetical theoretical absurd magical supernatural superpowers empirical magic nature natural universe
        planet""",
    "SENSE": "sense coherent factually meaningful",
    "CONCERNS": "concerns",
    "HAPPY": "happy glad love pleased delighted pleasure",
    "APOLOGY": "apologize apologise apologies regret regrettably apology afraid",
    "THINK": "believe think agree",
    "THANK": "thank thanks",
}
"""A word stands in one class at most."""

CONTRACTIONS = {
    "can't": "can not", "cant": "can not", "cannot": "can not", "won't": "will not", "wont": "will not",
    "shan't": "shall not", "ain't": "is not", "unable": "not able", "incapable": "not able",
    "unwilling": "not willing", "uncomfortable": "not comfortable", "impossible": "not possible",
    "unavailable": "not available", "untrue": "not true", "inaccurate": "not accurate", "never": "not",
    "let's": "let us", "dont": "do not", "im": "i am", "ive": "i have", "alternatively": "instead",
}  # fmt: skip
"""Words that say two things; other contractions are taken apart by their endings."""


def _tokens() -> dict[str, tuple[str, ...]]:
    """Every listed word with its tokens; a word that is dropped has none."""
    known: dict[str, tuple[str, ...]] = {word: (word,) for word in KEPT.split()}
    known |= {word: (name,) for name, words in CLASSES.items() for word in words.split()}
    known |= {word: () for word in DROPPED.split()}
    for word, meaning in CONTRACTIONS.items():
        known[word] = tuple(token for part in meaning.split() for token in known.get(part, (OTHER,)))
    return known


TOKENS = _tokens()
_ENDINGS = {"n't": "not", "'m": "am", "'re": "are", "'ve": "have", "'ll": "will", "'d": "would"}
_IS = frozenset(
    {"it", "that", "this", "there", "here", "what", "who", "he", "she", "where", "how", "nothing", "everything"}
)
"""Words after which 's is a verb; after others it mostly tells whose something is, and is left out."""


@functools.lru_cache(maxsize=1 << 16)
def tokens_of(word: str) -> tuple[str, ...]:
    """The tokens of a word in lower case, with straight apostrophes."""
    found = TOKENS.get(word)
    if found is not None:
        return found
    for ending, meaning in _ENDINGS.items():
        if word.endswith(ending):
            return tokens_of(word.removesuffix(ending)) + TOKENS[meaning]
    if word.endswith("'s"):
        owner = word.removesuffix("'s")
        return tokens_of(owner) + (TOKENS["is"] if owner in _IS else ())
    if word.endswith("ly") and len(word) > 5:
        return ()
    if word.isdigit():
        return (NUMBER,)
    return (DOING if word.endswith("ing") else PAST if word.endswith("ed") else OTHER,)
