import { LabIcon } from '@jupyterlab/ui-components';
import nbtrackSvg from '../../style/icons/nbtrack.svg';

export const nbtrackIcon = new LabIcon({ name: 'nbtrack:nbtrack', svgstr: nbtrackSvg });
