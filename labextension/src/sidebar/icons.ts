import { LabIcon } from '@jupyterlab/ui-components';
import evaluateSvg from '../../style/icons/evaluate.svg';

export const evaluateIcon = new LabIcon({ name: 'nbtrack:evaluate', svgstr: evaluateSvg });
