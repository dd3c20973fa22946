import jupyter from '@jupyter/eslint-plugin';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['lib/', 'coverage/', 'node_modules/', '*.js', '*.mjs', 'test/*.js', 'style/'] },
  ...tseslint.configs.recommended,
  { plugins: { jupyter } },
  ...[jupyter.configs.recommended].flat(),
  {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: {
      parserOptions: {
        project: './test/tsconfig.json',
        tsconfigRootDir: import.meta.dirname
      }
    },
    rules: {
      // Our modules are a few kilobytes each; what is heavy (the charts) is a chunk of its own.
      'jupyter/prefer-lazy-imports': 'off',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/no-unused-vars': ['error', { args: 'none' }],
      '@typescript-eslint/no-namespace': 'off',
      '@typescript-eslint/consistent-type-imports': 'off',
      curly: ['error', 'all'],
      eqeqeq: 'error'
    }
  }
);
