"""The bot's fixed sentences, by language. A tenant may replace each one."""

from __future__ import annotations

from collections.abc import Mapping

PHRASES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "queue_next": "You are next in line.",
        "queue_place": "You are number {place} in line.",
        "queue_wait": "It takes about {minutes} min.",
        "closed": "Nobody is here just now. Leave your message: we will answer it here.",
        "closed_until": "Nobody is here just now; we are back on {when}. Leave your message: we will answer it here.",
        "ask_who": "Would you like to ask me, the automatic assistant, or wait for a person?",
        "bot_option": "Ask the assistant",
        "limit_reached": "This takes more than I can do well, so I am passing you on to a colleague. "
        "They see our conversation and will answer you here.",
        "greeting": "Hello, I am {bot}, the automatic assistant. Ask me anything about {company}, "
        "or say that you would like to talk to a person.",
        "no_answer": "I could not find an answer to that in our documents. "
        "You can ask in other words, or I can pass you on to a person.",
        "person_option": "Talk to a person",
        "handing_over": "I am passing you on to a colleague. They see our conversation and will answer you here.",
        "missed_too_often": "I keep missing what you need, so I am passing you on to a colleague. "
        "They see our conversation and will answer you here.",
        "extracts": "This is what our documents say:",
        "model_down": "I cannot write a full answer at the moment, but this is what our documents say:",
        "cannot_read": "I cannot read files, pictures or voice messages yet. Could you put your question into words?",
        "thanks": "You are welcome. Is there anything else?",
        "stopped_short": "I had to stop here, before the answer was complete.",
        "cut_short": "I had to stop here: the connection broke off before the answer was complete.",
        "opted_out": "You will get no more messages from us here. Write to us at any time if you need us; "
        "write START to undo this.",
        "opted_in": "You will get messages from us here again.",
        "continued": "We can continue here. I know what was said on the website. What can I do for you?",
        "continued_from": "We can continue here. On the website you last asked: \u201c{question}\u201d "
        "What else would you like to know?",
        "continued_waiting": "We continue here. Our colleagues see what was said on the website, and will answer you "
        "here.",
        "code_gone": "This code has been used or is too old. Choose \u201cContinue "
        "elsewhere\u201d on the website again "
        "to get a new one.",
        "continues_elsewhere": "This conversation continues on {channel}.",
        "sources": "Sources",
    },
    "de": {
        "queue_next": "Sie sind als Nächstes an der Reihe.",
        "queue_place": "Sie sind Nummer {place} in der Warteschlange.",
        "queue_wait": "Es dauert etwa {minutes} Min.",
        "closed": "Gerade ist niemand da. Schreiben Sie uns: Wir antworten hier.",
        "closed_until": "Gerade ist niemand da; wir sind am {when} wieder da. Schreiben Sie uns: Wir antworten hier.",
        "ask_who": "Möchten Sie mich, den automatischen Assistenten, fragen oder auf einen Menschen warten?",
        "bot_option": "Den Assistenten fragen",
        "limit_reached": "Das übersteigt, was ich gut kann; ich gebe Sie deshalb weiter. "
        "Unser Gespräch ist dort zu sehen; die Antwort kommt hier.",
        "greeting": "Hallo, ich bin {bot}, der automatische Assistent. Fragen Sie mich etwas über {company}, "
        "oder sagen Sie, dass Sie mit einem Menschen sprechen möchten.",
        "no_answer": "Dazu habe ich in unseren Dokumenten nichts gefunden. "
        "Sie können anders fragen, oder ich gebe Sie an einen Menschen weiter.",
        "person_option": "Mit einem Menschen sprechen",
        "handing_over": "Ich gebe Sie an eine Kollegin oder einen Kollegen weiter. "
        "Unser Gespräch ist dort zu sehen; die Antwort kommt hier.",
        "missed_too_often": "Ich verstehe Ihr Anliegen nicht gut genug und gebe Sie deshalb weiter. "
        "Unser Gespräch ist dort zu sehen; die Antwort kommt hier.",
        "extracts": "Das steht dazu in unseren Dokumenten:",
        "model_down": "Ich kann gerade keine ausführliche Antwort schreiben, aber das steht in unseren Dokumenten:",
        "cannot_read": "Dateien, Bilder und Sprachnachrichten kann ich noch nicht lesen. "
        "Können Sie Ihre Frage in Worte fassen?",
        "thanks": "Gern geschehen. Kann ich sonst noch helfen?",
        "stopped_short": "Hier musste ich aufhören, bevor die Antwort vollständig war.",
        "cut_short": "Hier musste ich aufhören: Die Verbindung brach ab, bevor die Antwort vollständig war.",
        "opted_out": "Sie bekommen hier keine Nachrichten mehr von uns. "
        "Schreiben Sie uns jederzeit, wenn Sie uns brauchen; mit START machen Sie das rückgängig.",
        "opted_in": "Sie bekommen hier wieder Nachrichten von uns.",
        "continued": "Hier geht es weiter. Ich weiß, was wir auf der Website besprochen haben. Was kann ich für Sie "
        "tun?",
        "continued_from": "Hier geht es weiter. Auf der Website haben Sie zuletzt gefragt: "
        "\u201e{question}\u201c Was möchten "
        "Sie noch wissen?",
        "continued_waiting": "Hier geht es weiter. Unsere Kolleginnen und Kollegen sehen, was auf "
        "der Website besprochen wurde, "
        "und antworten Ihnen hier.",
        "code_gone": "Dieser Code wurde schon benutzt oder ist zu alt. Wählen Sie auf der Website noch einmal "
        "\u201eAnderswo weiterschreiben\u201c.",
        "continues_elsewhere": "Dieses Gespräch geht auf {channel} weiter.",
        "sources": "Quellen",
    },
    "es": {
        "queue_next": "Es su turno a continuación.",
        "queue_place": "Es el número {place} en la cola.",
        "queue_wait": "Tardará unos {minutes} min.",
        "closed": "Ahora no hay nadie. Deje su mensaje: le responderemos aquí.",
        "closed_until": "Ahora no hay nadie; volvemos el {when}. Deje su mensaje: le responderemos aquí.",
        "ask_who": "¿Quiere preguntarme a mí, el asistente automático, o esperar a una persona?",
        "bot_option": "Preguntar al asistente",
        "limit_reached": "Esto supera lo que puedo hacer bien, así que le paso con un compañero. "
        "Verá nuestra conversación y le responderá aquí.",
        "greeting": "Hola, soy {bot}, el asistente automático. Pregúnteme lo que quiera sobre {company}, "
        "o diga que prefiere hablar con una persona.",
        "no_answer": "No he encontrado la respuesta en nuestros documentos. "
        "Puede preguntarlo de otra forma, o puedo pasarle con una persona.",
        "person_option": "Hablar con una persona",
        "handing_over": "Le paso con un compañero. Verá nuestra conversación y le responderá aquí.",
        "missed_too_often": "No consigo entender lo que necesita, así que le paso con un compañero. "
        "Verá nuestra conversación y le responderá aquí.",
        "extracts": "Esto es lo que dicen nuestros documentos:",
        "model_down": "Ahora mismo no puedo escribir una respuesta completa, pero nuestros documentos dicen:",
        "cannot_read": "Todavía no puedo leer archivos, imágenes ni mensajes de voz. "
        "¿Puede escribir su pregunta con palabras?",
        "thanks": "De nada. ¿Puedo ayudarle en algo más?",
        "stopped_short": "He tenido que parar aquí, antes de terminar la respuesta.",
        "cut_short": "He tenido que parar aquí: la conexión se cortó antes de terminar la respuesta.",
        "opted_out": "No recibirá más mensajes nuestros aquí. Escríbanos cuando nos necesite; "
        "escriba START para deshacerlo.",
        "opted_in": "Volverá a recibir mensajes nuestros aquí.",
        "continued": "Seguimos aquí. Sé lo que hablamos en la web. ¿En qué puedo ayudarle?",
        "continued_from": "Seguimos aquí. En la web preguntó por último: «{question}» ¿Qué más quiere saber?",
        "continued_waiting": "Seguimos aquí. Nuestros compañeros ven lo que se habló en la web y le responderán aquí.",
        "code_gone": "Este código ya se ha usado o ha caducado. Pida uno nuevo en la web.",
        "continues_elsewhere": "Esta conversación sigue en {channel}.",
        "sources": "Fuentes",
    },
    "fr": {
        "queue_next": "Vous êtes le prochain.",
        "queue_place": "Vous êtes numéro {place} dans la file.",
        "queue_wait": "Comptez environ {minutes} min.",
        "closed": "Il n'y a personne pour le moment. Laissez votre message : nous répondrons ici.",
        "closed_until": "Il n'y a personne pour le moment ; nous revenons le {when}. "
        "Laissez votre message : nous répondrons ici.",
        "ask_who": "Voulez-vous me demander, à moi, l'assistant automatique, ou attendre une personne ?",
        "bot_option": "Demander à l'assistant",
        "limit_reached": "Cela dépasse ce que je sais bien faire, je vous passe donc un collègue. "
        "Il voit notre conversation et vous répondra ici.",
        "greeting": "Bonjour, je suis {bot}, l'assistant automatique. Posez-moi vos questions sur {company}, "
        "ou dites que vous souhaitez parler à une personne.",
        "no_answer": "Je n'ai pas trouvé la réponse dans nos documents. "
        "Vous pouvez reformuler, ou je peux vous passer une personne.",
        "person_option": "Parler à une personne",
        "handing_over": "Je vous passe un collègue. Il voit notre conversation et vous répondra ici.",
        "missed_too_often": "Je ne comprends pas bien votre demande, je vous passe donc un collègue. "
        "Il voit notre conversation et vous répondra ici.",
        "extracts": "Voici ce que disent nos documents :",
        "model_down": "Je ne peux pas rédiger de réponse complète pour le moment, mais nos documents disent :",
        "cannot_read": "Je ne sais pas encore lire les fichiers, les images ni les messages vocaux. "
        "Pouvez-vous écrire votre question ?",
        "thanks": "Je vous en prie. Puis-je vous aider pour autre chose ?",
        "stopped_short": "J'ai dû m'arrêter ici, avant la fin de la réponse.",
        "cut_short": "J'ai dû m'arrêter ici : la connexion s'est interrompue avant la fin de la réponse.",
        "opted_out": "Vous ne recevrez plus de messages de notre part ici. Écrivez-nous quand vous le souhaitez ; "
        "écrivez START pour revenir en arrière.",
        "opted_in": "Vous recevrez de nouveau nos messages ici.",
        "continued": "Nous continuons ici. Je sais ce que nous avons dit sur le site. Que puis-je faire pour vous ?",
        "continued_from": "Nous continuons ici. Sur le site, vous avez demandé en dernier : « "
        "{question} » Que souhaitez-vous "
        "encore savoir ?",
        "continued_waiting": "Nous continuons ici. Nos collègues voient ce qui a été dit sur le "
        "site et vous répondront "
        "ici.",
        "code_gone": "Ce code a déjà servi ou a expiré. Demandez-en un nouveau sur le site.",
        "continues_elsewhere": "Cette conversation continue sur {channel}.",
        "sources": "Sources",
    },
}


class Phrasebook:
    """The fixed sentences of one tenant."""

    def __init__(self, overrides: Mapping[str, Mapping[str, str]], *, default: str, bot: str, company: str) -> None:
        self._overrides = overrides
        self._default = default
        self._names = {"bot": bot, "company": company or "us"}

    def say(self, key: str, language: str | None) -> str:
        """The sentence in this language, in the tenant's own, or in English: the first there is."""
        for code in (language, self._default, "en"):
            if code is None:
                continue
            own = self._overrides.get(code, {}).get(key)
            text = own or PHRASES.get(code, {}).get(key)
            if text:
                for name, value in self._names.items():
                    text = text.replace("{" + name + "}", value)
                return text
        raise KeyError(key)
