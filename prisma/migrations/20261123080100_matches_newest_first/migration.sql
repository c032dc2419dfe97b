-- GET /matches without a status walks (created_at, id) from its end and stops after a page; with a game alone, that game's
-- part of (game, created_at, id). With a status, (status, created_at, id) is there already. None of these columns but the
-- status ever changes: a score stays as cheap to write as it was.
CREATE INDEX "matches_created_at_id_idx" ON "matches"("created_at", "id");
CREATE INDEX "matches_game_created_at_id_idx" ON "matches"("game", "created_at", "id");
