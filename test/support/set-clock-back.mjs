// Imported by an instance before its first line: on SIGUSR2 its time of day is set back by 27 minutes, as NTP does to a machine that ran ahead.
const BACK_MS = 27 * 60_000;
const { Date: RealDate } = globalThis;
let back = 0;

globalThis.Date = class Date extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [RealDate.now() - back] : given));
  }
  static now() {
    return RealDate.now() - back;
  }
};

process.on('SIGUSR2', () => {
  back = BACK_MS;
  process.stdout.write('{"event":"clock_set_back"}\n');
});
