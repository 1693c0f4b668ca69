import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { CanaryRule } from '../../core/domain/canary.js';
import type { Principal } from '../../core/domain/principal.js';
import { CanaryAdminService } from '../../orchestration/canary/canary-admin.service.js';
import { AdminOnly, Caller } from '../auth/access.decorator.js';
import { ApiBody, ApiTags } from '../docs/document.decorator.js';
import { RULE_SCHEMA } from './canary-schema.js';

type Active = ReturnType<CanaryAdminService['get']>;

/** The one shape of a rule. `source` is `none` where nothing is left of a rule that was deleted. */
const body = (feature: string, active: Active | undefined) =>
  active
    ? { ...ruleBody(active.rule), ...originBody(active) }
    : { ...ruleBody(Object.assign(new CanaryRule(), { feature })), ...NOWHERE };

const NOWHERE = { source: 'none', rolled_back: null, updated_at: null, updated_by: null };

const originBody = ({ source, rolledBack, updatedAt, updatedBy }: Active) => ({
  source,
  rolled_back: rolledBack ? { at: rolledBack.at.toISOString(), cause: rolledBack.cause } : null,
  updated_at: updatedAt?.toISOString() ?? null,
  updated_by: updatedBy,
});

const ruleBody = (rule: CanaryRule) => ({
  feature: rule.feature,
  enabled: rule.enabled,
  percentage: rule.percentage,
  subject: rule.subject,
  allow_list: rule.allow_list,
  block_list: rule.block_list,
  environments: rule.environments,
  personalities: rule.personalities,
  variant: rule.variant,
  base_upstream: rule.base_upstream ?? null,
  budget: rule.budget ?? null,
});

const listBody = (rules: readonly Active[]) => ({
  items: rules.map((active) => body(active.rule.feature, active)),
  next_cursor: null,
});

@ApiTags('Administration')
@Controller('v1/admin/canary')
export class CanaryController {
  constructor(private readonly canary: CanaryAdminService) {}

  /** All rules in force, by feature. */
  @Get()
  @AdminOnly()
  list() {
    return listBody(this.canary.list());
  }

  /** Switches all features off at once, on every instance. Requests that run are answered as they began. */
  @Post('rollback')
  @AdminOnly()
  @HttpCode(200)
  async rollBack(@Caller() principal: Principal) {
    const rolledBack = await this.canary.rollBack(principal);
    return { ...listBody(this.canary.list()), rolled_back: rolledBack };
  }

  @Get(':feature')
  @AdminOnly()
  get(@Param('feature') feature: string) {
    return body(feature, this.canary.get(feature));
  }

  /** The whole rule; what is left out has its default. It wins over the file's until it is deleted. */
  @Put(':feature')
  @AdminOnly()
  @ApiBody({ schema: RULE_SCHEMA })
  async put(@Param('feature') feature: string, @Body() rule: object, @Caller() principal: Principal) {
    return body(feature, await this.canary.put(feature, rule, principal));
  }

  /** Back to the rule of `canary.yaml`; without one the feature is off. */
  @Delete(':feature')
  @AdminOnly()
  async remove(@Param('feature') feature: string) {
    return body(feature, await this.canary.remove(feature));
  }
}
