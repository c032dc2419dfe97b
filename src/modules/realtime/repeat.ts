/** Runs `work` again and again, `ms` apart, never twice at once; returns how to stop. A failure is reported and the next round comes; that of a round which was under way at the stop is none. */
export function every(ms: number, work: () => Promise<void>, failed: (error: unknown) => void): () => void {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const round = async (): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!stopped) failed(error);
    }
    if (!stopped) timer = setTimeout(() => void round(), ms);
  };
  timer = setTimeout(() => void round(), ms);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
