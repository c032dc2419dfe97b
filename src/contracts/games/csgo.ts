import { Count, defineGame, Label } from '../game.js';

export const csgo = defineGame('CSGO', 'Counter-Strike: Global Offensive', {
  kills: Count,
  deaths: Count,
  assists: Count,
  headshots: Count,
  damage: Count,
  mvpStars: Count,
  weapon: Label,
});
