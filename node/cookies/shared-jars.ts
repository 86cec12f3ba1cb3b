/** Where several nodes keep their jars together; each has a copy of them in files. */
export interface SharedJars {
  /** The version of each jar by its name; it grows with every change. */
  versions(): Promise<Map<string, number>>;
  read(name: string): Promise<SharedJar | undefined>;
  /**
   * Changes a jar as it is now, one node at a time; `change` answers the new text, or undefined
   * to leave it. Answers what was written.
   */
  update(
    name: string,
    change: (text: string | undefined) => string | undefined,
  ): Promise<SharedJar | undefined>;
  remove(name: string): Promise<void>;
  /** The other nodes should look. */
  announce(): Promise<void>;
}

export interface SharedJar {
  text: string;
  version: number;
}
