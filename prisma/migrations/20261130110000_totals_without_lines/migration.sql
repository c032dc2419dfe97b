-- While its lines are pending a total may be of no lines and of some value, or of less than no lines: a ranking that adds
-- them has to find it (src/modules/analytics/queries/top-players.ts).
CREATE INDEX "player_totals_kills_held_idx" ON "player_totals"("game", "kills" DESC, "kills_lines", "user_id") WHERE (kills_lines <> 0 OR kills <> 0);
CREATE INDEX "player_totals_goals_held_idx" ON "player_totals"("game", "goals" DESC, "goals_lines", "user_id") WHERE (goals_lines <> 0 OR goals <> 0);
DROP INDEX "player_totals_kills_idx", "player_totals_goals_idx";
ALTER INDEX "player_totals_kills_held_idx" RENAME TO "player_totals_kills_idx";
ALTER INDEX "player_totals_goals_held_idx" RENAME TO "player_totals_goals_idx";
