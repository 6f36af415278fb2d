// A project that works in a folder of its own.
import type { PlaceDto } from '#ui/ipc/bindings.ts';

export const PLACE: PlaceDto = {
  mode: 'fresh',
  folder: '/w/p1',
  source: null,
  repository: null,
  branch: null,
  base: null,
  uncommitted: 0,
  uncommitted_files: [],
  under_way: null,
  parallel: [],
  choices: [],
};
