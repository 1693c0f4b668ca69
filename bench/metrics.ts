/** The numbers of one look at `/metrics`. */
export class Metrics {
  private constructor(private readonly lines: string[]) {}

  static async read(url: string): Promise<Metrics> {
    const page = await (await fetch(`${url}/metrics`)).text();
    return new Metrics(page.split('\n').filter((line) => line !== '' && !line.startsWith('#')));
  }

  /** The sum over all labels that hold `labels`; 0 where there is no such line. */
  sum(name: string, labels = ''): number {
    const told = this.lines.filter(
      (line) => (line.startsWith(`${name} `) || line.startsWith(`${name}{`)) && line.includes(labels),
    );
    return told.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }

  get collectorSeconds(): number {
    return this.sum('nodejs_gc_duration_seconds_sum');
  }
}
