import { type Content, html, type Markup } from './markup.ts';

/** A column of a table in a page. */
export interface HtmlColumn {
  readonly head: string;
  /** Figures stand right, so that they can be compared. */
  readonly isFigure?: boolean;
  /** Of the table; given for all but one column, so that tables of one kind stand under one another alike. */
  readonly widthPercent?: number;
}

/** A table with its caption; the first cell of a row heads it. It scrolls by itself where the page is narrow. */
export function htmlTable(
  caption: string,
  columns: readonly HtmlColumn[],
  rows: readonly (readonly Content[])[],
): Markup | undefined {
  if (rows.length === 0) return undefined;
  const heads = columns.map(({ head, isFigure }) => html`<th scope="col"${classOf(isFigure)}>${head}</th>`);
  const body = rows.map(
    (cells) => html`<tr>${cells.map((cell, index) => cellOf(cell, columns[index], index))}</tr>
`,
  );
  const isFixed = columns.some(({ widthPercent }) => widthPercent !== undefined);
  const widths = columns.map(({ widthPercent }) =>
    widthPercent === undefined ? html`<col>` : html`<col style="width:${widthPercent}%">`,
  );
  const columnGroup = isFixed ? html`<colgroup>${widths}</colgroup>` : undefined;
  return html`<div class="scroll"><table${isFixed ? html` class="fixed"` : undefined}><caption>${caption}</caption>${columnGroup}<thead><tr>${heads}</tr></thead><tbody>
${body}</tbody></table></div>`;
}

function cellOf(cell: Content, column: HtmlColumn | undefined, index: number): Markup {
  const kind = classOf(column?.isFigure);
  return index === 0 ? html`<th scope="row"${kind}>${cell}</th>` : html`<td${kind}>${cell}</td>`;
}

function classOf(isFigure: boolean | undefined): Markup | undefined {
  return isFigure === true ? html` class="n"` : undefined;
}
