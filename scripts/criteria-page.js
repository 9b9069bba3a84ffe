// Makes the page on the criteria, to which the dashboard links, from docs/criteria.md.
import MarkdownIt from 'markdown-it';

/**
 * @param {string} text the Markdown
 * @param {string} style the name of the style sheet
 * @returns {string} the page, which needs no script
 */
export function makeCriteriaPage(text, style) {
  const markdown = new MarkdownIt();
  // The last section is for developers, not for readers of the page.
  const [shown = ''] = text.split(/^## Adding a criterion$/m);
  const tokens = markdown.parse(shown, {});
  let heads = [];
  let column = 0;
  for (const [at, token] of tokens.entries()) {
    if (token.type === 'thead_open') heads = [];
    if (token.type === 'tr_open') column = 0;
    if (token.type === 'th_open') heads.push(tokens[at + 1]?.content ?? '');
    // A narrow screen shows a row as a list, with the column heads in it.
    if (token.type === 'td_open') token.attrSet('data-head', heads[column++] ?? '');
    if (token.type === 'heading_open') token.attrSet('id', anchorOf(tokens[at + 1]?.content ?? ''));
    const cell = token.type === 'tr_open' ? tokens[at + 2]?.content : undefined;
    if (cell !== undefined && /^C\d+$/.test(cell)) token.attrSet('id', cell.toLowerCase());
    if (token.type === 'table_open') token.attrSet('tabindex', '0');
    if (token.children) token.children = withoutPages(token.children);
  }
  const body = markdown.renderer.render(tokens, markdown.options, {});
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>The criteria</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="./assets/${style}">
</head>
<body>
<main class="doc">
<p><a href="./">All repositories</a></p>
${body}</main>
</body>
</html>
`;
}

/** An anchor as GitHub makes it, so that links within the text work. */
function anchorOf(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** Removes links to other pages of the docs, which are not served; their text stays. */
function withoutPages(children) {
  let isRemoved = false;
  return children.filter((child) => {
    if (child.type === 'link_open') isRemoved = !/^(?:#|https?:)/.test(child.attrGet('href') ?? '');
    return !(isRemoved && /^link_(?:open|close)$/.test(child.type));
  });
}
