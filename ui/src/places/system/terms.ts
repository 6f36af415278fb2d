import type { EndpointDto, KindDto, ModelDto, ServiceDto } from '#ui/ipc/bindings.ts';
import { count, list } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';

export const TIERS = ['strong', 'base', 'weak'] as const;
export type Tier = (typeof TIERS)[number];

/** What a person is about to agree to, as the form holds it. */
export interface Terms {
  kind: string;
  address: string;
  name: string;
  models: readonly string[];
  tiers: Partial<Record<Tier, string>>;
  project: string | null;
  /** Dollars a day as they were typed; empty for no limit of its own. */
  limit: string;
}

/** A service with few models offers all of them; of a long list a person picks. */
const FEW = 12;

export function firstTerms(service: ServiceDto): Terms {
  const priced = service.models.filter((model) => model.tier !== null);
  const picked = service.models.length <= FEW ? service.models : priced;
  return {
    kind: service.kind.kind,
    address: service.address,
    name: service.kind.title,
    models: picked.map((model) => model.id),
    tiers: {},
    project: null,
    limit: service.local ? '' : '5.00',
  };
}

/** Whole cents; null for none; undefined for what is no amount. */
export function centsOf(limit: string): number | null | undefined {
  const text = limit.trim().replace(/^\$/, '');
  if (text === '') return null;
  if (!/^\d{1,9}(\.\d{1,2})?$/.test(text)) return undefined;
  const [dollars = '0', cents = ''] = text.split('.');
  return Number(dollars) * 100 + Number(cents.padEnd(2, '0'));
}

/** Without a model that was taken out again. */
export function withModels(terms: Terms, models: readonly string[]): Terms {
  const tiers = Object.fromEntries(Object.entries(terms.tiers).filter(([, model]) => models.includes(model)));
  return { ...terms, models, tiers };
}

/** Why the terms cannot be agreed to yet. */
export function missing(terms: Terms): string | undefined {
  if (terms.name.trim() === '') return t('models.needsName');
  if (terms.models.length === 0) return t('models.needsModel');
  if (centsOf(terms.limit) === undefined) return t('models.needsAmount');
  return undefined;
}

/** Models of this name are passed on by an Ollama of this machine to its maker's. */
export const isPassedOn = (kind: string, model: string) => kind === 'ollama' && model.endsWith('-cloud');

/** Where what is sent there goes, in a few words. */
export function whereTo(place: { local: boolean; address: string; kind: KindDto }, models: readonly string[]): string {
  if (!place.kind.is_model) return t('models.scripted');
  if (!place.local) return t('models.leaves', { host: hostOf(place.address) });
  return models.some((model) => isPassedOn(place.kind.kind, model)) ? t('models.passedOn') : t('models.stays');
}

export function hostOf(address: string): string {
  try {
    return new URL(address).host;
  } catch {
    return address;
  }
}

/** One line below an endpoint's name. */
export function lineOf(endpoint: EndpointDto, projects: ReadonlyMap<string, string>): string {
  const [first, ...others] = endpoint.models;
  return list([
    others.length === 0 ? first : t('models.andMore', { first, count: others.length }),
    whereTo(endpoint, endpoint.models),
    endpoint.project !== null && t('models.only', { project: projects.get(endpoint.project) ?? endpoint.project }),
    endpoint.daily_limit_usd !== null && t('models.aDay', { most: endpoint.daily_limit_usd }),
  ]);
}

/** Tier, price and window of a model, as far as anybody knows. */
export function aboutModel(model: ModelDto, local: boolean): string {
  return list([
    model.tier !== null && isTier(model.tier) && t(`system.tiers.${model.tier}`),
    priceOf(model, local),
    model.window !== null && t('models.window', { tokens: count(model.window) }),
  ]);
}

function priceOf(model: ModelDto, local: boolean): string {
  if (model.price === null) return local ? t('models.free') : t('models.noPrice');
  return t('models.price', { input: model.price.input_usd, output: model.price.output_usd });
}

function isTier(tier: string): tier is Tier {
  return (TIERS as readonly string[]).includes(tier);
}

/** Services that answered and that nobody agreed to use yet. */
export function notEnabled(found: readonly ServiceDto[], endpoints: readonly EndpointDto[]): ServiceDto[] {
  const enabled = new Set(endpoints.filter((it) => it.enabled).map((it) => it.address));
  return found.filter((service) => !enabled.has(service.address));
}
