export { Guard } from './Guard';
export { IconButton } from './IconButton';
export { nbtrackIcon } from './icon';
export { MetricValue } from './MetricValue';
export { PanelMessage } from './PanelMessage';
export { Sparkline } from './Sparkline';
export { StatusDot, statusWord } from './StatusDot';
export { useNow } from './useNow';
