// SPDX-License-Identifier: Apache-2.0
export function useState<T>(first: T | (() => T)): [T, (to: T | ((was: T) => T)) => void];
export function useEffect(f: () => void | (() => void), on?: any[]): void;
export function useLayoutEffect(f: () => void | (() => void), on?: any[]): void;
export function useRef<T>(first: T): { current: T };
export function useMemo<T>(f: () => T, on?: any[]): T;
