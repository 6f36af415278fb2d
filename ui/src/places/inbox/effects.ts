import type { IconName } from '#ui/components/icon/icons.ts';
import type { EffectClass } from './model.ts';

export const EFFECT_ICONS: Record<EffectClass, IconName> = {
  read: 'eye',
  write: 'edit',
  run: 'term',
  network: 'out',
  delete: 'x',
  push: 'branch',
  post: 'send',
  spend: 'money',
};
