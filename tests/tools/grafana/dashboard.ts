// The shape of a dashboard with the panels that otel-config/grafana-dashboard.json uses, by Grafana's own types. What Grafana
// leaves open (the options of a panel, the query of a data source) is put together here from the types of those panels.
import type { DataQuery, Dashboard, FieldConfig, FieldConfigSource, Panel, RowPanel } from '@grafana/schema';
import type { Options as BarGauge } from '@grafana/schema/dist/types/raw/composable/bargauge/panelcfg/x/types.gen';
import type { Options as Stat } from '@grafana/schema/dist/types/raw/composable/stat/panelcfg/x/types.gen';
import type {
  FieldConfig as Lines,
  Options as TimeSeries,
} from '@grafana/schema/dist/types/raw/composable/timeseries/panelcfg/x/types.gen';

// A query to Prometheus. Grafana has this type in a package that cannot be used without a browser. Without a data source, the
// default one is used, in Grafana and in Perses; a name of a variable is lost on the way from one to the other.
interface PrometheusQuery extends Omit<DataQuery, 'datasource'> {
  expr: string;
  legendFormat: string;
  instant: boolean;
  range: boolean;
  interval?: string;
}

// Fields of the kind of panel, and of no other: Grafana's own type lets anything pass here.
interface Defaults<Custom> extends Omit<FieldConfig, 'custom'> {
  custom?: Custom;
}

interface Fields<Custom> extends Omit<FieldConfigSource, 'defaults'> {
  defaults: Defaults<Custom>;
}

// Its panels are the ones below it, unless it is collapsed, which none is.
interface Row extends Omit<RowPanel, 'panels'> {
  panels: [];
}

// Grafana fills in the options that are left out.
interface Shown<Type extends string, Options, Custom> extends Omit<Panel, 'type' | 'options' | 'fieldConfig' | 'targets'> {
  type: Type;
  title: string;
  options: Partial<Options>;
  fieldConfig: Fields<Custom>;
  targets: PrometheusQuery[];
}

export interface Checked extends Omit<Dashboard, 'panels'> {
  panels: Array<
    | Row
    | Shown<'stat', Stat, Record<string, never>>
    | Shown<'bargauge', BarGauge, Record<string, never>>
    | Shown<'timeseries', TimeSeries, Lines>
  >;
}
