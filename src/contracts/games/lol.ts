import { Count, defineGame, Label } from '../game.js';

export const lol = defineGame('LOL', 'League of Legends', {
  kills: Count,
  deaths: Count,
  assists: Count,
  cs: Count,
  gold: Count,
  champion: Label,
  role: Label,
  visionScore: Count,
});
