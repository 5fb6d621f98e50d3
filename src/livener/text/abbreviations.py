"""Words that end in a full stop without ending a sentence: data for the splitter and the tokenizer.

The sets differ in what may follow, which is all that the splitter needs to know. Case matters.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# A name or a number follows: a sentence never ends here.
TITLES = _words("""
    Mr Mrs Ms Messrs Mmes Dr Drs Prof Rev Fr Hon Gov Gen Lt Col Sgt Capt Cpt Cmdr Cdr Maj Brig Adm Sen Reps Sens
    Pres Supt Insp St Ste Mt Ft Pvt Cpl Esq Amb Atty v vs cf viz approx ca resp incl esp Mlle Mme Hr
""")

# An abbreviation only where a number, a numeral or a name follows, else an ordinary word ("The answer is no.").
NUMBERED = _words("""
    No Nos no nos Nr nr Fig Figs fig figs Sec Secs sec secs Sect Art Arts art arts Ch ch Vol vol Vols vols Eq eq
    Par par Para para Pt pt p pp Pp cl Cl Reg reg Ex ex Ref ref Tab tab App Rm Apt col Sun Sat Wed Mon Mar Ill
    Wash Del Mo Pa Ore Ed Cal Sci Soc Rep
""")

# Both happen: only a word that usually opens a sentence makes it an end.
ENDINGS = _words("""
    Inc Corp Ltd Co Cos Bros Pty Plc plc Jr Sr Dept Univ Assn Assoc Ave Blvd Bldg Rd Sq Hwy Jan Feb Apr Jun Jul
    Aug Sep Sept Oct Nov Dec Tue Tues Thu Thur Thurs Fri Ala Ariz Ark Calif Colo Conn Fla Ga Ind Kan Ky La Md Mich
    Minn Mont Neb Nev Okla Penn Tenn Tex Va Vt Wis Wyo etc al Intl Natl Govt Mfg Dist Cir Supp Stat est ext tel
    Tel Eds ed eds Nat Int Acad Inst Ph cit et seq Mgmt Admin avg hr hrs lb lbs oz
""")

# Words that open a sentence far more often than they follow an abbreviation inside one.
OPENERS = _words("""
    The This That These Those A An It He She They We You I There Here In On At As But And Or So If When While
    Where However Its His Her Their Our My Your What Who Why How After Before Since Although Though Because Both
    Each All Some Such Under By To From With Without For Not No Yes Upon Any Every Many Most Several Nothing
    Except Unless Notwithstanding Accordingly Therefore Moreover Furthermore Meanwhile Nevertheless Then Now Once
    During Until Is Are Was Were Has Have Do Does Did Can Could Will Would Should May Please One Two Another Other
    Also Only Even Just Neither Either According Despite Between Among
""")

# A line that ends in one of these goes on in the next: it is no heading.
INNER = _words("a an and as at by for from in into is of on or that the their to was which with")
