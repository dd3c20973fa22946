// What JupyterLab's packages ask for when they load, and jsdom doesn't have.
const { TextDecoder, TextEncoder } = require('util');

Object.assign(globalThis, { TextDecoder, TextEncoder });
globalThis.fetch ??= () => Promise.reject(new Error('The tests have no network.'));
globalThis.Request ??= class {};
globalThis.Headers ??= class {};
globalThis.Response ??= class {};
globalThis.DragEvent ??= class extends MouseEvent {};
globalThis.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
globalThis.matchMedia ??= () => ({
  matches: false,
  addEventListener() {},
  removeEventListener() {}
});

// React's act() is what the tests draw by.
globalThis.IS_REACT_ACT_ENVIRONMENT = true;
