import { useState } from 'react';
import { Badge } from '#ui/components/badge/Badge.tsx';
import { Button } from '#ui/components/button/Button.tsx';
import { Dock } from '#ui/components/dock/Dock.tsx';
import { KeyValues } from '#ui/components/facts/Facts.tsx';
import { Field, Textarea } from '#ui/components/field/Field.tsx';
import { MemberChip } from '#ui/components/member/Member.tsx';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
import { type Column, Table } from '#ui/components/table/Table.tsx';
import { Turn } from '#ui/components/turn/Turn.tsx';
import { ActButton } from '#ui/frame/ActButton.tsx';
import type { ActionId } from '#ui/frame/actions.ts';
import { useAction } from '#ui/frame/keys.tsx';
import { useClock } from '#ui/words/clock.tsx';
import { clockTime, dayName } from '#ui/words/format.ts';
import { Time } from '#ui/words/Time.tsx';
import { t } from '#ui/words/words.ts';
import type { AnswerOption, InboxActs, QuestionDetail } from './model.ts';
import { OriginLine } from './OriginLine.tsx';

type Wait = QuestionDetail['waits'][number];

const COLUMNS: readonly Column<Wait>[] = [
  {
    id: 'step',
    head: t('step.step'),
    width: '46%',
    cell: (wait) => (
      <span className="row">
        <StatusIcon status={wait.status} />
        {wait.step}
      </span>
    ),
  },
  { id: 'assignee', head: t('step.assignee'), width: '27%', cell: (wait) => <MemberChip member={wait.assignee} /> },
  { id: 'what', head: t('question.waits'), cell: (wait) => wait.what, sec: true, cut: true },
];

/** An agent wants an answer, not a permission: its words, the choices it found, what stands still until then. */
export function QuestionView({ detail, acts }: { detail: QuestionDetail; acts: InboxActs }) {
  const clock = useClock();
  const [option, setOption] = useState<string | null>(detail.options[0]?.id ?? null);
  const [words, setWords] = useState('');
  return (
    <>
      <div className="pane grow">
        <div className="pad col col-16 detail">
          <div className="col col-4">
            <OriginLine origin={detail.origin} />
            <h1>{detail.title}</h1>
            <div className="row row-4">
              <Badge status="ask" />
              <span className="meta">
                {t('question.asked', { time: clockTime(clock, detail.at), waiting: detail.waiting })}
              </span>
            </div>
          </div>
          <Turn member={detail.asker} meta={<Time at={detail.at} as="clock" />}>
            <p className="prose">{detail.text}</p>
          </Turn>
          <fieldset className="grid-2 bare-set">
            <legend className="sr">{t('question.choices')}</legend>
            {detail.options.map((choice, index) => (
              <Option
                key={choice.id}
                choice={choice}
                number={index + 1}
                chosen={choice.id === option}
                onChoose={() => setOption(choice.id)}
              />
            ))}
          </fieldset>
          <Field label={t('question.words')}>
            <Textarea
              value={words}
              placeholder={t('question.wordsExample')}
              onChange={(event) => setWords(event.target.value)}
            />
          </Field>
          <div className="col">
            <h3>{t('question.waitsTitle')}</h3>
            <div className="card">
              <Table
                label={t('question.waitsTitle')}
                columns={COLUMNS}
                rows={detail.waits}
                id={(wait) => wait.id}
                fixed
              />
            </div>
            {detail.escalation && (
              <p className="meta">
                {t('question.escalation', {
                  time: `${dayName(clock, detail.escalation.at)} ${clockTime(clock, detail.escalation.at)}`,
                  name: detail.escalation.to.name,
                  why: detail.escalation.why,
                })}
              </p>
            )}
          </div>
        </div>
      </div>
      <Dock label={t('question.answer')} note={t('question.note')}>
        <ActButton
          action="send"
          kind="primary"
          onAct={() => acts.answer(detail.id, { option, words })}
          reason={option === null && words.trim() === '' ? t('question.empty') : undefined}
        >
          {t('question.answer')}
        </ActButton>
        {detail.escalation && acts.pass && (
          <Button onClick={() => acts.pass?.(detail.id)}>
            {t('question.pass', { name: detail.escalation.to.name })}
          </Button>
        )}
      </Dock>
    </>
  );
}

const NUMBER_KEYS: readonly ActionId[] = ['choose1', 'choose2', 'choose3', 'choose4', 'choose5'];

function Option({
  choice,
  number,
  chosen,
  onChoose,
}: {
  choice: AnswerOption;
  number: number;
  chosen: boolean;
  onChoose: () => void;
}) {
  const key = NUMBER_KEYS[number - 1];
  useAction(key ?? 'choose5', key ? onChoose : null);
  return (
    <div className="card">
      <label className="card-head">
        <span className="check">
          <input type="radio" name="answer" checked={chosen} onChange={onChoose} />
        </span>
        <strong className="strong mono">{choice.name}</strong>
        {key && <kbd className="kbd">{number}</kbd>}
      </label>
      <KeyValues className="card-body" facts={choice.facts} />
    </div>
  );
}
