// Shows a text with Telegram's entities as elements from a short list. Text enters by text nodes alone, so
// nothing that a customer or a model writes can become markup.

const ELEMENTS = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strikethrough: "s",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
  expandable_blockquote: "blockquote",
};

function safeLink(address) {
  try {
    const url = new URL(address);
    return ["http:", "https:", "mailto:", "tel:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

function elementFor(entity, covered) {
  if (ELEMENTS[entity.type]) return document.createElement(ELEMENTS[entity.type]);
  if (entity.type === "spoiler") {
    const spoiler = document.createElement("span");
    spoiler.className = "spoiler";
    spoiler.tabIndex = 0;
    return spoiler;
  }
  const address = { url: covered, text_link: entity.url, email: `mailto:${covered}` }[entity.type];
  const href = address && safeLink(address);
  if (!href) return null;
  const link = document.createElement("a");
  link.href = href;
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow";
  return link;
}

// Offsets are UTF-16 code units, which is how strings count here, too.
export function richText(text, entities = []) {
  const inOrder = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  const fill = (parent, from, to, inner) => {
    let at = from;
    while (inner.length) {
      const entity = inner.shift();
      const end = Math.min(entity.offset + entity.length, to);
      const within = [];
      while (inner.length && inner[0].offset < end) within.push(inner.shift());
      if (entity.offset < at) continue;
      parent.append(text.slice(at, entity.offset));
      const element = elementFor(entity, text.slice(entity.offset, end)) ?? document.createElement("span");
      fill(element, entity.offset, end, within);
      parent.append(element);
      at = end;
    }
    parent.append(text.slice(at, to));
  };
  const whole = document.createDocumentFragment();
  fill(whole, 0, text.length, inOrder);
  return whole;
}
