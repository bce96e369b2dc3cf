import { type Grade, gradeMeanings } from '@rerig/domain/grading';
import type { FarmReport } from '../farm-report.ts';
import { axisStyle, drawn, ink } from './draw.ts';
import { html, type Markup } from './markup.ts';

const grades: readonly (Grade | 'ungraded')[] = ['A', 'B', 'C', 'D', 'E', 'ungraded'];

const WIDTH_PX = 400;
const HEIGHT_PX = 230;

/** How many cards have each grade. */
export function gradesPlot({ valued }: FarmReport): Markup {
  const { cardCountByGrade } = valued.assessed.totals;
  const plot = drawn({
    title: 'Cards by grade',
    alt: grades.map((grade) => `${nameOf(grade)} ${cardCountByGrade[grade]}`).join(', '),
    widthPx: WIDTH_PX,
    heightPx: HEIGHT_PX,
    option: {
      grid: { left: 8, right: 8, top: 24, bottom: 26 },
      xAxis: {
        type: 'category',
        data: grades.map(nameOf),
        ...axisStyle,
        axisLabel: { ...axisStyle.axisLabel, interval: 0 },
      },
      yAxis: { type: 'value', show: false },
      series: [
        {
          type: 'bar',
          barWidth: '62%',
          label: { show: true, position: 'top', color: ink.text, fontSize: 13, fontWeight: 600 },
          data: grades.map((grade) => ({
            value: cardCountByGrade[grade],
            itemStyle: { color: gradeColor(grade), borderRadius: [3, 3, 0, 0] },
          })),
        },
      ],
    },
  });
  const meanings = grades.map((grade) =>
    grade === 'ungraded'
      ? undefined
      : html`<dt><b class="grade" style="background:${gradeColor(grade)}">${grade}</b></dt><dd>${gradeMeanings[grade]}</dd>`,
  );
  return html`<figure class="beside">${plot}<figcaption><dl class="grades">${meanings}</dl></figcaption></figure>`;
}

function nameOf(grade: Grade | 'ungraded'): string {
  return grade === 'ungraded' ? 'not known' : grade;
}

/** The page's colour of a grade. */
export function gradeColor(grade: Grade | 'ungraded' | null): string {
  return grade === null || grade === 'ungraded' ? 'var(--grade-unknown)' : `var(--grade-${grade.toLowerCase()})`;
}
