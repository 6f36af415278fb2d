import axe from 'axe-core';
import { expect } from 'vitest';

/** Fails with each finding, where it is and how it could be mended. */
export async function expectNoAxeFindings(within: Element, why: string) {
  const { violations } = await axe.run(within, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    // Sections are tested one by one, so the landmarks around them are not there.
    rules: {
      region: { enabled: false },
      'landmark-one-main': { enabled: false },
      'page-has-heading-one': { enabled: false },
      'heading-order': { enabled: false },
    },
  });
  const findings = violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id}: ${node.target.join(' ')}\n    ${node.failureSummary ?? ''}`),
  );
  expect(findings, why).toEqual([]);
}
