// Makes the page that says what each criterion requires, from docs/criteria.md: the dashboard links to it.
import MarkdownIt from 'markdown-it';

/**
 * @param {string} text the Markdown
 * @param {string} style the name of the style sheet
 * @returns {string} the page, which needs no script
 */
export function makeCriteriaPage(text, style) {
  const markdown = new MarkdownIt();
  // The section at the end is for people who change the code, not for readers of this page.
  const [criteria = ''] = text.split(/^## Adding a criterion$/m);
  const tokens = markdown.parse(criteria, {});
  let heads = [];
  let column = 0;
  for (const [at, token] of tokens.entries()) {
    if (token.type === 'thead_open') heads = [];
    if (token.type === 'tr_open') column = 0;
    if (token.type === 'th_open') heads.push(tokens[at + 1]?.content ?? '');
    // A narrow screen shows a row as a list, without the table's head.
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

/** As GitHub makes them, so that the links within the text lead somewhere. */
function anchorOf(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** Other pages of the docs are not served: their names stay, without a link. */
function withoutPages(children) {
  let isLeftOut = false;
  return children.filter((child) => {
    if (child.type === 'link_open') isLeftOut = !/^(?:#|https?:)/.test(child.attrGet('href') ?? '');
    return !(isLeftOut && /^link_(?:open|close)$/.test(child.type));
  });
}
