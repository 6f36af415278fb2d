import { useState } from 'react';
import { Comparison } from '#ui/places/projects/Comparison.tsx';
import { historyOf } from '#ui/places/projects/fromHistory.ts';
import { headOf } from '#ui/places/projects/fromProject.ts';
import { HistoryTab } from '#ui/places/projects/HistoryTab.tsx';
import { ProjectBar } from '#ui/places/projects/ProjectBar.tsx';
import { RollBackDialog } from '#ui/places/projects/RollBackDialog.tsx';
import { CannedHost } from './CannedHost.tsx';
import { WINTER_ANSWERS, WINTER_EFFECTS } from './fixtures/answers.ts';
import { HISTORY } from './fixtures/past.ts';
import { WINTER } from './fixtures/winter.ts';

const POINTS = historyOf(WINTER, [HISTORY]).filter((event) => event.kind === 'checkpoint');

/** Two lines of a project side by side. */
export function ComparisonSample() {
  const hashes = POINTS.map(({ point }) => point.hash);
  const [pair, setPair] = useState({ from: hashes[1] ?? '', to: hashes[0] ?? '' });
  return (
    <CannedHost answers={WINTER_ANSWERS}>
      <ProjectBar head={headOf(WINTER, [], WINTER_EFFECTS.length, 'history')} tab="history" />
      <Comparison project={WINTER} points={POINTS} lines={HISTORY.lines} pair={pair} onPair={setPair} />
    </CannedHost>
  );
}

const BACK = POINTS.find(({ point }) => point.steps.includes('prices'));

/** What going back would change, before a person agrees to it. */
export function RollBackSample() {
  return (
    <CannedHost answers={WINTER_ANSWERS}>
      <HistoryTab head={headOf(WINTER, [], WINTER_EFFECTS.length, 'history')} project={WINTER} />
      <RollBackDialog
        project={WINTER}
        checkpoint={BACK?.point.hash ?? ''}
        title={BACK?.row.title ?? ''}
        onClose={() => {}}
      />
    </CannedHost>
  );
}
