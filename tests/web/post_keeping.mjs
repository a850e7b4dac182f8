export const keeping = {};
