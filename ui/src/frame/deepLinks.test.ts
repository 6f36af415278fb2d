import { expect, test } from 'vitest';
import { pathOfLink } from './deepLinks.ts';

test.for([
  ['cadre://', '/'],
  ['cadre://inbox/', '/inbox'],
  ['cadre://inbox/a1', '/inbox/a1'],
  ['cadre://project/winter-sale-2026', '/projects/winter-sale-2026/run'],
  ['cadre://project/winter-sale-2026/history', '/projects/winter-sale-2026/history'],
  ['cadre://member/copy.editor', '/organisation/member/copy.editor'],
  ['cadre://inbox/a1/approve', null],
  ['cadre://inbox/a1?approve=1', null],
  ['cadre://inbox/../system', null],
  ['cadre://project/x/delete', null],
  ['https://inbox/a1', null],
  [`cadre://inbox/${'a'.repeat(300)}`, null],
] as const)('%s leads to %s', ([link, path]) => {
  expect(pathOfLink(link), 'a link from outside only ever opens a page').toBe(path);
});
