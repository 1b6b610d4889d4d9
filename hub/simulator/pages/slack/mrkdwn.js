// Slack's mrkdwn as nodes. Everything enters by text nodes alone, so nothing that somebody wrote can become markup.

const PIECE = /```\n?([\s\S]+?)\n?```|`([^`\n]+)`|<([^<>\n]+)>|(?<![\p{L}\p{N}])([*_~])(?=\S)([^\n]*?\S)\4(?![\p{L}\p{N}])/gu;
const TAGS = { "*": "strong", _: "em", "~": "s" };

const plain = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

function make(tag, ...children) {
  const element = document.createElement(tag);
  element.append(...children);
  return element;
}

function reference(inside, people) {
  const [address, label] = inside.split(/\|(.*)/s);
  if (/^[@#!]/.test(address)) {
    const name = address[0] === "@" ? `@${people[address.slice(1)] ?? label ?? address.slice(1)}` : label ?? address;
    const span = make("span", plain(name));
    span.className = "mention";
    return span;
  }
  const link = make("a", plain(label ?? address));
  if (/^(https?|mailto|tel):/i.test(address)) link.href = plain(address);
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow";
  return link;
}

function inline(text, people) {
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(PIECE)) {
    nodes.push(plain(text.slice(at, found.index)));
    const [whole, fence, code, inside, marker, words] = found;
    if (fence !== undefined) nodes.push(make("pre", plain(fence)));
    else if (code !== undefined) nodes.push(make("code", plain(code)));
    else if (inside !== undefined) nodes.push(reference(inside, people));
    else nodes.push(make(TAGS[marker], ...inline(words, people)));
    at = found.index + whole.length;
  }
  return [...nodes, plain(text.slice(at))];
}

/** The nodes of a text; `people` gives names to ids. */
export function mrkdwn(text, people) {
  const parts = [];
  for (const piece of text.split(/((?:^&gt; ?.*(?:\n|$))+|(?:^> ?.*(?:\n|$))+)/m)) {
    if (/^(&gt;|>)/.test(piece)) {
      parts.push(make("blockquote", ...inline(piece.replace(/^(&gt;|>) ?/gm, "").trimEnd(), people)));
    } else if (piece) {
      parts.push(...inline(piece, people));
    }
  }
  return parts;
}
