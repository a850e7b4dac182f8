// SPDX-License-Identifier: Apache-2.0
// What the screens use of preact, for the type check; the library's own types need a package folder.
export type VNode = any;
export class Component {
	constructor(props?: any);
	props: any;
	state: any;
	setState(change: any): void;
	render(props?: any, state?: any): any;
}
export const Fragment: any;
export function h(type: any, props?: any, ...children: any[]): VNode;
export function render(node: any, parent: Element): void;
