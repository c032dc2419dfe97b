/**
 * `node dist/launcher/healthy.js`: whether the instance in this container is ready, by its exit code. A file and not a
 * line of `node -e`: Podman takes a healthcheck's arguments apart at every space.
 */
const { PORT = '3000' } = process.env;

try {
  const { ok } = await fetch(`http://127.0.0.1:${PORT}/health/ready`);
  process.exitCode = ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}
