import type { ToolsSection } from '../../../core/config/sections/tools.section.js';
import type { BuiltinTool } from './builtin-tool.js';
import { currentTimeTool } from './current-time.js';
import { calculatorTool } from './math/calculator.js';
import { unitConvertTool } from './math/unit-convert.js';
import { weatherTool } from './web/weather.js';
import { webSearchTool } from './web/web-search.js';

/** The tools that need no other engine; those that ask a provider only where one is configured. */
export function configuredTools(section: Pick<ToolsSection, 'weather' | 'web_search'>): BuiltinTool[] {
  const tools = [
    currentTimeTool(),
    calculatorTool(),
    unitConvertTool(),
    weatherTool(section.weather),
    webSearchTool(section.web_search),
  ];
  return tools.filter((tool) => tool !== undefined);
}
