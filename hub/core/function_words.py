"""The commonest words of seven languages: enough to tell a question's subject from its grammar."""

from __future__ import annotations

from typing import Final

# As prose, the lists stay readable; as a list of strings they would fill a screen.
_WORDS: Final = """
    a about after all also an and any are as at be been but by can could did do does for from get had has have
    how i if in into is it its me my no not of on or our please should so some than that the their them then
    there these they this long many much one take takes tell to us want was we were what when where which who work
    works happen happens
    whom whose why will with would you your aber alle als am auch auf aus bei bin bis das dass dein dem den der
    des die dies doch du ein eine einem einen einer es euch euer für hat habe haben hier ich ihr ihre ihren im
    ist ja kann kein können man mein mich mir mit muss nach nicht noch oder sein sich sie sind über um und uns
    unser vom von vor wann war warum welche welcher welches wenn wieviel wer werden wie wir wird wo zu zum zur
    al como con cual cuando cuanto de del donde el ella en era esta este está hay la las le lo los mi muy nos o
    para pero por puedo que qué quien se ser si sin su sus te tu tus un una y ya yo au aux avec ce ces comment
    dans elle est et il ils je les leur ma mais mes mon ne nous ou où par pas pour quand quel quelle qui sa sans
    ses son sont sur ta tes ton une vos votre vous che chi come cosa di dove e gli ha ho io nel non per perché
    più quale quando sono ti da dos é em eu foi meu na não os qual sem seu sua uma você
    am being cannot did doing else ever get gets got he her here him his i'm it's just let like make makes me more
    most myself off ok out own per she such thanks thank there's too very want wants what's where's without yes
    bitte danke etwas gibt ganz gern gerne hallo ihnen jetzt kannst könnt könnte mal meine meinen meiner möchte nur
    schon seine soll sollte unsere viel viele was weil wieder will wollen wurde würde zwischen funktioniert geht
    algo así aún cada cuál cuáles cuándo cuánto cuánta cuánto cómo dónde eso esos estoy fue gracias hacer hace hacia
    haber he hola mucho más ni nuestro otra otro poder puede pueden podría quiero quisiera sobre sí tengo tiene toda
    todo todos unos usted ustedes vuestro funciona
    alors aussi autre bien bonjour cela cet cette chez comme donc déjà elles en encore entre être eux fait faire
    faut font leurs lui me merci mes moi même ni notre nos oui parce peut peux plus pouvez puis-je quels quelles quoi
    rien s'il se soi suis te toi tous tout toute très un va veux voudrais vont y à ça été fonctionne
    je jij het een van op te met voor door aan bij naar uit dat dit wat wie hoe waarom wanneer waar niet er ik mijn
    heeft hebben hoeveel ook als
"""

FUNCTION_WORDS: Final = frozenset(_WORDS.split())
