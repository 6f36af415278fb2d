import { type ReactNode, useState } from 'react';
import { Card, CardHead } from '#ui/components/card/Card.tsx';
import { Switch } from '#ui/components/check/Check.tsx';
import { KeyValues } from '#ui/components/facts/Facts.tsx';
import { Field, Input } from '#ui/components/field/Field.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import { Segment } from '#ui/components/segment/Segment.tsx';
import { DENSITIES, setAppearance, THEMES, useAppearance } from '#ui/frame/theme.ts';
import type { SettingsDto, Settings as SettingsOf } from '#ui/ipc/bindings.ts';
import { t } from '#ui/words/words.ts';
import { centsOf, FIRST_QUIET_HOURS } from './fromSettings.ts';

export interface SettingsActs {
  /** Saved at once; the toast takes it back. */
  set: (settings: SettingsOf) => void;
  setDayLimit: (cents: number) => void;
}

/** What is set on this device, and the limit of a day. Each is saved as it is changed. */
export function Settings({
  model,
  dayLimit,
  acts,
  refused,
}: {
  model: SettingsDto;
  /** Cents; null while it is not known. */
  dayLimit: number | null;
  acts: SettingsActs;
  refused?: ReactNode;
}) {
  return (
    <>
      {refused}
      <Appearance />
      <Desktop key={JSON.stringify(model.settings)} model={model} onSet={acts.set} />
      {dayLimit !== null && <DayLimit key={dayLimit} cents={dayLimit} onSet={acts.setDayLimit} />}
    </>
  );
}

function Appearance() {
  const { theme, density } = useAppearance();
  return (
    <Card label={t('system.appearance')}>
      <CardHead lead={<Icon name="theme" />} title={t('system.appearance')} />
      <div className="card-body row row-16 row-wrap">
        <div className="seg-scroll">
          <Segment
            label={t('frame.theme')}
            choices={THEMES.map((id) => ({ id, name: t(`system.themes.${id}`) }))}
            chosen={theme}
            onChoose={(next) => setAppearance({ theme: next })}
          />
        </div>
        <Segment
          label={t('system.density')}
          choices={DENSITIES.map((id) => ({ id, name: t(`system.densities.${id}`) }))}
          chosen={density}
          onChoose={(next) => setAppearance({ density: next })}
        />
      </div>
    </Card>
  );
}

function Desktop({ model, onSet }: { model: SettingsDto; onSet: SettingsActs['set'] }) {
  const { settings, problem, folder } = model;
  const [quiet, setQuiet] = useState(settings.quiet_hours ?? FIRST_QUIET_HOURS);
  const isQuiet = settings.quiet_hours !== null;
  const same = quiet.from === quiet.to;
  const change = (part: 'from' | 'to', value: string) => {
    const next = { ...quiet, [part]: value };
    setQuiet(next);
    // A field that is being typed into is empty now and then.
    if (next.from !== '' && next.to !== '' && next.from !== next.to) onSet({ ...settings, quiet_hours: next });
  };
  return (
    <Card label={t('settings.desktop')}>
      <CardHead lead={<Icon name="bell" />} title={t('settings.desktop')} />
      <div className="card-body col col-12">
        <p className="prose-s">{t('settings.desktopWhat')}</p>
        {problem !== null && <p className="t-fail break">{t('settings.problem', { problem })}</p>}
        <Switch
          checked={settings.notifications}
          disabled={folder === null}
          onChange={(event) => onSet({ ...settings, notifications: event.target.checked })}
        >
          {t('settings.notifications')}
        </Switch>
        <Switch
          checked={isQuiet}
          disabled={folder === null || !settings.notifications}
          onChange={(event) => onSet({ ...settings, quiet_hours: event.target.checked ? quiet : null })}
        >
          {t('settings.quiet')}
        </Switch>
        {isQuiet && (
          <div className="row row-16 row-top row-wrap">
            <Field label={t('settings.from')}>
              <Input type="time" value={quiet.from} onChange={(event) => change('from', event.target.value)} />
            </Field>
            <Field label={t('settings.to')} error={same ? t('settings.sameTimes') : undefined}>
              <Input type="time" value={quiet.to} onChange={(event) => change('to', event.target.value)} />
            </Field>
          </div>
        )}
        <Switch
          checked={settings.close_to_tray}
          disabled={folder === null}
          onChange={(event) => onSet({ ...settings, close_to_tray: event.target.checked })}
        >
          {t('settings.closeToTray')}
        </Switch>
        <KeyValues
          facts={[
            {
              label: t('firstRun.folder'),
              value: folder === null ? t('settings.noFolder') : <span className="mono break">{folder}</span>,
            },
          ]}
        />
      </div>
    </Card>
  );
}

function DayLimit({ cents, onSet }: { cents: number; onSet: SettingsActs['setDayLimit'] }) {
  const [typed, setTyped] = useState((cents / 100).toFixed(2));
  const wanted = centsOf(typed);
  return (
    <Card label={t('settings.limits')}>
      <CardHead lead={<Icon name="money" />} title={t('settings.limits')} />
      <form
        className="card-body col col-12"
        onSubmit={(event) => {
          event.preventDefault();
          if (wanted !== null && wanted !== cents) onSet(wanted);
        }}
      >
        <Field
          label={t('settings.dayLimit')}
          hint={t('settings.dayLimitHint')}
          error={wanted === null ? t('settings.noAmount') : undefined}
        >
          <Input
            className="amount-field"
            amount
            inputMode="decimal"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            onBlur={() => {
              if (wanted !== null && wanted !== cents) onSet(wanted);
            }}
          />
        </Field>
      </form>
    </Card>
  );
}
