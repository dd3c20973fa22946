import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type { IErrorBody, IPlace } from './types';

const JSON_TYPE = { 'Content-Type': 'application/json' };

/** What the server refused, or the reason why it wasn't reached. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 0,
    readonly place: IPlace | null = null
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

export interface IRequest {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  query?: Record<string, string | number | undefined>;
  body?: Record<string, unknown>;
}

/** The address of a route, for <img src> and downloads too. */
export function apiUrl(
  settings: ServerConnection.ISettings,
  route: string,
  query: IRequest['query'] = {}
): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(given.map(([key, value]) => [key, String(value)]));
  const url = URLExt.join(settings.baseUrl, 'nbtrack/api', route);
  return given.length > 0 ? `${url}?${search.toString()}` : url;
}

/** The only HTTP of the extension. */
export async function requestText(
  settings: ServerConnection.ISettings,
  route: string,
  { method = 'GET', query, body }: IRequest = {}
): Promise<string> {
  let response: Response;
  try {
    response = await ServerConnection.makeRequest(
      apiUrl(settings, route, query),
      body === undefined ? { method } : { method, body: JSON.stringify(body), headers: JSON_TYPE },
      settings
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ApiError('UNREACHABLE', reason);
  }
  const text = await response.text();
  if (!response.ok) {
    throw errorOf(response, text);
  }
  return text;
}

/** The same, for the routes that answer JSON. */
export async function request<T>(
  settings: ServerConnection.ISettings,
  route: string,
  options: IRequest = {}
): Promise<T> {
  const text = await requestText(settings, route, options);
  return (text ? JSON.parse(text) : null) as T;
}

function errorOf(response: Response, text: string): ApiError {
  try {
    const { code, message, place } = JSON.parse(text) as Partial<IErrorBody>;
    if (message) {
      return new ApiError(code ?? 'INTERNAL_ERROR', message, response.status, place);
    }
  } catch {
    // A proxy's or Jupyter's own error page: its text means nothing to a reader.
  }
  return new ApiError(
    'INTERNAL_ERROR',
    `${response.status} ${response.statusText}`,
    response.status
  );
}
