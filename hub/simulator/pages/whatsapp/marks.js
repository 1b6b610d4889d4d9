// WhatsApp's marks (*bold*, _italic_, ~struck~, `code`, ```block```, > quotation) as elements, never as HTML text.

const FENCE = /```([\s\S]+?)```/;
const INLINE = /(?<![\p{L}\p{N}])([*_~`])(?=\S)([^\n]*?\S)\1(?![\p{L}\p{N}])|(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]])/u;
const TAGS = { "*": "strong", _: "em", "~": "s", "`": "code" };

function inline(text, into) {
  let rest = text;
  for (let found = INLINE.exec(rest); found; found = INLINE.exec(rest)) {
    into.append(rest.slice(0, found.index));
    if (found[3]) {
      const link = document.createElement("a");
      link.href = found[3];
      link.target = "_blank";
      link.rel = "noopener noreferrer nofollow";
      link.textContent = found[3];
      into.append(link);
    } else {
      const element = document.createElement(TAGS[found[1]]);
      if (found[1] === "`") element.textContent = found[2];
      else inline(found[2], element);
      into.append(element);
    }
    rest = rest.slice(found.index + found[0].length);
  }
  into.append(rest);
}

function lines(text, into) {
  const parts = text.split("\n");
  parts.forEach((line, index) => {
    if (line.startsWith("> ")) {
      const quote = document.createElement("blockquote");
      inline(line.slice(2), quote);
      into.append(quote);
    } else {
      inline(line, into);
      if (index < parts.length - 1) into.append("\n");
    }
  });
}

export function marked(text) {
  const into = document.createDocumentFragment();
  let rest = text;
  for (let found = FENCE.exec(rest); found; found = FENCE.exec(rest)) {
    lines(rest.slice(0, found.index), into);
    const block = document.createElement("pre");
    block.textContent = found[1];
    into.append(block);
    rest = rest.slice(found.index + found[0].length);
  }
  lines(rest, into);
  return into;
}
