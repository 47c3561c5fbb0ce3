/** Tells listeners of something that happened. */
export class Emitter<T> {
  readonly #listeners = new Set<(value: T) => void>();

  /** Listen; the answer stops listening. */
  on(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  emit(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }
}
