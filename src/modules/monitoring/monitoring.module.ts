import { Module } from '@nestjs/common';
import { RealtimeModule } from '../realtime/realtime.module.js';
import { HealthController } from './health.controller.js';
import { HealthRepository } from './health.repository.js';
import { MonitoringController } from './monitoring.controller.js';

@Module({ imports: [RealtimeModule], controllers: [HealthController, MonitoringController], providers: [HealthRepository] })
export class MonitoringModule {}
