// SPDX-License-Identifier: Apache-2.0
export function init(el: HTMLElement, theme?: any, options?: any): any;
