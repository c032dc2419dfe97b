import { Count, defineGame, Percentage } from '../game.js';

export const fifa = defineGame('FIFA', 'FIFA', {
  goals: Count,
  assists: Count,
  tackles: Count,
  passes: Count,
  passAccuracy: Percentage,
  shotsOnTarget: Count,
  possession: Percentage,
});
