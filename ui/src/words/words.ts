// The catalogue. Every word the interface says of its own accord is a key here; what members wrote is data.
// i18next without its React binding: the language changes rarely, and the root is drawn anew when it does.
import { createInstance } from 'i18next';
import app from './en.json';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'app';
    resources: { app: typeof app };
    returnNull: false;
  }
}

const catalogue = createInstance();

void catalogue.init({
  lng: 'en',
  fallbackLng: 'en',
  initAsync: false,
  defaultNS: 'app',
  resources: { en: { app } },
  // React escapes what it draws; escaping here would show entities.
  interpolation: { escapeValue: false },
  returnNull: false,
});

export const t = catalogue.t;
export const language = () => catalogue.language;
