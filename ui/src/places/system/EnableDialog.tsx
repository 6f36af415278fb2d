import { type ReactNode, useState } from 'react';
import { Button } from '#ui/components/button/Button.tsx';
import { Check } from '#ui/components/check/Check.tsx';
import { Dialog } from '#ui/components/dialog/Dialog.tsx';
import { KeyValues } from '#ui/components/facts/Facts.tsx';
import { Field, Input, Select } from '#ui/components/field/Field.tsx';
import type { ServiceDto } from '#ui/ipc/bindings.ts';
import { t } from '#ui/words/words.ts';
import { aboutModel, centsOf, firstTerms, hostOf, missing, type Terms, TIERS, whereTo, withModels } from './terms.ts';

/** A decision: who is called, with whose data, which models, at what cost. */
export function EnableDialog({
  service,
  projects,
  busy,
  refused,
  onClose,
  onEnable,
}: {
  service: ServiceDto;
  projects: ReadonlyMap<string, string>;
  busy: boolean;
  refused?: ReactNode;
  onClose: () => void;
  onEnable: (terms: Terms, cents: number | null) => void;
}) {
  const [terms, setTerms] = useState(() => firstTerms(service));
  const reason = missing(terms);
  const cents = centsOf(terms.limit);
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('models.enableTitle', { name: service.kind.title })}
      foot={
        <>
          <Button onClick={onClose}>{t('act.cancel')}</Button>
          <Button
            kind="primary"
            busy={busy && t('models.enabling')}
            reason={reason}
            onClick={() => cents !== undefined && onEnable(terms, cents)}
          >
            {t('models.agree')}
          </Button>
        </>
      }
    >
      <div className="col col-12">
        <Agreed service={service} terms={terms} projects={projects} />
        <Field label={t('models.name')}>
          <Input value={terms.name} onChange={(event) => setTerms({ ...terms, name: event.target.value })} />
        </Field>
        <Choice service={service} terms={terms} onChange={setTerms} />
        <div className="grid-2 stack-md">
          <Field
            label={t('models.limit')}
            hint={t('models.limitHint')}
            error={cents === undefined ? t('models.needsAmount') : undefined}
          >
            <Input
              amount
              inputMode="decimal"
              value={terms.limit}
              placeholder={t('models.noLimit')}
              onChange={(event) => setTerms({ ...terms, limit: event.target.value })}
            />
          </Field>
          <Field label={t('models.whose')}>
            <Select
              value={terms.project ?? ''}
              onChange={(event) => setTerms({ ...terms, project: event.target.value || null })}
            >
              <option value="">{t('models.anyProject')}</option>
              {[...projects].map(([id, title]) => (
                <option key={id} value={id}>
                  {title}
                </option>
              ))}
            </Select>
          </Field>
        </div>
        {refused}
      </div>
    </Dialog>
  );
}

/** What is agreed to, in words, before the form that changes it. */
function Agreed({
  service,
  terms,
  projects,
}: {
  service: ServiceDto;
  terms: Terms;
  projects: ReadonlyMap<string, string>;
}) {
  const whose = terms.project === null ? t('models.anyProject') : (projects.get(terms.project) ?? terms.project);
  const cents = centsOf(terms.limit);
  return (
    <KeyValues
      facts={[
        { label: t('models.goes'), value: whereTo(service, terms.models) },
        { label: t('models.address'), value: <span className="mono break">{service.address}</span> },
        { label: t('models.what'), value: t('models.whatGoes', { whose }) },
        {
          label: t('models.cost'),
          value:
            typeof cents === 'number'
              ? t('models.costs', { most: `$${(cents / 100).toFixed(2)}` })
              : t('models.costsNoLimit'),
        },
        { label: t('models.until'), value: t('models.untilDisabled', { host: hostOf(service.address) }) },
      ]}
    />
  );
}

function Choice({ service, terms, onChange }: { service: ServiceDto; terms: Terms; onChange: (terms: Terms) => void }) {
  const toggle = (id: string, on: boolean) => {
    const models = service.models.map((model) => model.id).filter((it) => (it === id ? on : terms.models.includes(it)));
    onChange(withModels(terms, models));
  };
  return (
    <>
      <fieldset className="model-list">
        <legend className="label">{t('models.which')}</legend>
        {service.models.map((model) => (
          <Check
            key={model.id}
            checked={terms.models.includes(model.id)}
            onChange={(event) => toggle(model.id, event.target.checked)}
          >
            <span className="mono cut">{model.id}</span>
            <span className="meta push">{aboutModel(model, service.local)}</span>
          </Check>
        ))}
      </fieldset>
      <div className="grid-3 stack-md">
        {TIERS.map((tier) => (
          <Field key={tier} label={t('models.forTier', { tier: t(`system.tiers.${tier}`) })}>
            <Select
              value={terms.tiers[tier] ?? ''}
              onChange={(event) => {
                const { [tier]: _, ...others } = terms.tiers;
                onChange({
                  ...terms,
                  tiers: event.target.value === '' ? others : { ...others, [tier]: event.target.value },
                });
              }}
            >
              <option value="">{t('models.cheapest')}</option>
              {terms.models.map((model) => (
                <option key={model} value={model}>
                  {model}
                </option>
              ))}
            </Select>
          </Field>
        ))}
      </div>
    </>
  );
}
