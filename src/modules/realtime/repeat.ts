/** Runs `work` again and again, `ms` apart, never twice at once; returns how to stop. A failure is reported and the next round comes. */
export function every(ms: number, work: () => Promise<void>, failed: (error: unknown) => void): () => void {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const round = async (): Promise<void> => {
    try {
      await work();
    } catch (error) {
      failed(error);
    }
    if (!stopped) timer = setTimeout(() => void round(), ms);
  };
  timer = setTimeout(() => void round(), ms);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
