import { Button } from '#ui/components/button/Button.tsx';
import { Card, CardHead } from '#ui/components/card/Card.tsx';
import { BareSwitch, Radio, Switch } from '#ui/components/check/Check.tsx';
import { Composer } from '#ui/components/composer/Composer.tsx';
import { Field, Input } from '#ui/components/field/Field.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import { Item } from '#ui/components/item/Item.tsx';
import { Skeleton } from '#ui/components/skeleton/Skeleton.tsx';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
import { duration } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import type { FirstRunActs, FirstRunModel, FoundThing } from './model.ts';

/** Three things, then work: where it lies, whom it starts with, what can work here. Everything is filled in already. */
export function FirstRunView({ model, acts }: { model: FirstRunModel; acts: FirstRunActs }) {
  return (
    <main id="main" className="first-run" tabIndex={-1}>
      <div className="first-run-in">
        <div className="row row-12">
          <span className="ws-mark" aria-hidden="true">
            {t('app.mark')}
          </span>
          <span className="strong">{t('app.name')}</span>
          <span className="push meta row">
            <Icon name="lock" size={12} />
            {t('firstRun.private')}
          </span>
        </div>
        <div className="col col-4">
          <h1 className="figure">{t('firstRun.title')}</h1>
          <p className="prose sec">{t('firstRun.later')}</p>
        </div>
        <div className="grid-2">
          <div className="col col-16">
            <Workspace model={model} acts={acts} />
            <Start model={model} acts={acts} />
          </div>
          <Found model={model} acts={acts} />
        </div>
        <Composer
          label={t('firstRun.request')}
          placeholder={t('firstRun.example')}
          rows={2}
          mayBeEmpty
          sendWords={t('firstRun.open')}
          sendKeys="Enter"
          onSend={acts.open}
          foot={<span className="meta">{t('firstRun.first')}</span>}
        />
      </div>
    </main>
  );
}

interface Part {
  model: FirstRunModel;
  acts: FirstRunActs;
}

function Workspace({ model, acts }: Part) {
  return (
    <Card label={t('firstRun.workspace')}>
      <CardHead
        lead={<StatusIcon status={model.folderError ? 'fail' : 'done'} />}
        title={t('firstRun.workspace')}
        level={2}
      />
      <div className="card-body col col-12">
        <Field label={t('firstRun.name')}>
          <Input value={model.name} onChange={(event) => acts.rename(event.target.value)} />
        </Field>
        <Field label={t('firstRun.folder')} hint={model.folderLine} error={model.folderError}>
          <div className="row">
            <Input mono value={model.folder} onChange={(event) => acts.moveTo(event.target.value)} />
            <Button onClick={acts.chooseFolder}>{t('firstRun.chooseFolder')}</Button>
          </div>
        </Field>
      </div>
    </Card>
  );
}

function Start({ model, acts }: Part) {
  return (
    <Card label={t('firstRun.start')} className="grow">
      <CardHead lead={<StatusIcon status="done" />} title={t('firstRun.start')} level={2} />
      <fieldset className="card-body col bare-set">
        <legend className="sr">{t('firstRun.start')}</legend>
        {model.packs.map((pack) => (
          <Radio key={pack.id} name="pack" checked={pack.id === model.pack} onChange={() => acts.choosePack(pack.id)}>
            <span>
              <strong className="strong">{pack.name}</strong> <span className="meta">{pack.line}</span>
            </span>
          </Radio>
        ))}
        <hr className="rule" />
        <Switch checked={model.askFirst} onChange={(event) => acts.askFirst(event.target.checked)}>
          {t('firstRun.askFirst')}
        </Switch>
        <div className="row">
          <label className="label grow" htmlFor="day-limit">
            {t('firstRun.dayLimit')}
          </label>
          <Input
            id="day-limit"
            amount
            inputMode="decimal"
            className="day-limit"
            defaultValue={(model.dayLimit / 1e6).toFixed(2)}
            onBlur={(event) => acts.limitDay(Math.round(Number(event.target.value) * 1e6))}
          />
        </div>
      </fieldset>
    </Card>
  );
}

function Found({ model, acts }: Part) {
  return (
    <Card label={t('firstRun.found')}>
      <CardHead
        lead={<StatusIcon status={model.found === null ? 'run' : 'done'} />}
        title={t('firstRun.found')}
        level={2}
      >
        {model.lookedFor !== undefined && (
          <span className="meta push">{t('firstRun.looked', { time: duration(model.lookedFor) })}</span>
        )}
      </CardHead>
      {model.found === null ? (
        <div className="card-body">
          <Skeleton />
        </div>
      ) : (
        model.found.map((thing) => (
          <Item
            key={thing.id}
            status={thing.status}
            title={thing.name}
            line={thing.line}
            action={<FoundAct thing={thing} acts={acts} />}
          />
        ))
      )}
      <div className="card-body">
        <p className="meta">{t('firstRun.without')}</p>
      </div>
    </Card>
  );
}

function FoundAct({ thing, acts }: { thing: FoundThing; acts: FirstRunActs }) {
  if (thing.used !== undefined)
    return (
      <BareSwitch
        label={t('firstRun.use', { name: thing.name })}
        checked={thing.used}
        onChange={(event) => acts.use(thing.id, event.target.checked)}
      />
    );
  if (thing.act === undefined) return null;
  return (
    <Button small onClick={() => acts.act(thing.id)}>
      {thing.act}
    </Button>
  );
}
