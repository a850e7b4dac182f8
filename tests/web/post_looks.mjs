export const looks = {};
