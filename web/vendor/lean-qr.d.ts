// SPDX-License-Identifier: Apache-2.0
export function generate(text: string, options?: any): { size: number; get(x: number, y: number): boolean };
